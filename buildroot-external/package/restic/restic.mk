################################################################################
#
# restic
#
################################################################################

RESTIC_VERSION = 0.18.0
RESTIC_SOURCE = restic-$(RESTIC_VERSION)-vendored.tar.gz
RESTIC_SITE = $(HEARTH_SOURCES)
RESTIC_SITE_METHOD = file
RESTIC_LICENSE = BSD-2-Clause
RESTIC_LICENSE_FILES = LICENSE
RESTIC_CPE_ID_VENDOR = restic

RESTIC_GOMOD = github.com/restic/restic
RESTIC_BUILD_TARGETS = cmd/restic

$(eval $(golang-package))
