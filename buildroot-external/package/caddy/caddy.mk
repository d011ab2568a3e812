################################################################################
#
# caddy
#
################################################################################

CADDY_VERSION = 2.11.4
CADDY_SOURCE = caddy-$(CADDY_VERSION)-vendored.tar.gz
CADDY_SITE = $(HEARTH_SOURCES)
CADDY_SITE_METHOD = file
CADDY_LICENSE = Apache-2.0
CADDY_LICENSE_FILES = LICENSE
CADDY_CPE_ID_VENDOR = caddyserver

CADDY_GOMOD = github.com/caddyserver/caddy/v2
CADDY_BUILD_TARGETS = cmd/caddy
CADDY_LDFLAGS = -X github.com/caddyserver/caddy/v2.CustomVersion=v$(CADDY_VERSION)

$(eval $(golang-package))
