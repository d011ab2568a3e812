################################################################################
#
# hearth
#
################################################################################

HEARTH_VERSION = $(shell sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$$/\1/p' $(BR2_EXTERNAL_HEARTH_PATH)/../Cargo.toml)
HEARTH_SOURCE = hearth-$(HEARTH_VERSION)-vendored.tar.gz
HEARTH_SITE = $(HEARTH_SOURCES)
HEARTH_SITE_METHOD = file
HEARTH_LICENSE = Apache-2.0
HEARTH_LICENSE_FILES = LICENSE

HEARTH_CARGO_BUILD_OPTS = --package hearth
# As in the workspace's release profile, which the infrastructure overrides.
HEARTH_CARGO_ENV = \
	CARGO_PROFILE_RELEASE_LTO=fat \
	CARGO_PROFILE_RELEASE_OPT_LEVEL=s \
	CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1

define HEARTH_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 \
		$(@D)/target/$(RUSTC_TARGET_NAME)/$(if $(BR2_ENABLE_DEBUG),debug,release)/hearth \
		$(TARGET_DIR)/usr/bin/hearth
endef

# The same numbers as in overlays/rootfs/usr/lib/sysusers.d/hearth.conf, which nothing reads while Buildroot makes an image. The group of
# the journal is systemd's; its number stands in files on /data too, and would change with every package that brings a user.
define HEARTH_USERS
	hearth 600 hearth 600 * /data/hearth - docker,systemd-journal Hearth
	- - docker 601 * - - - Container engine
	- - systemd-journal 602 * - - - Journal
endef

$(eval $(cargo-package))
