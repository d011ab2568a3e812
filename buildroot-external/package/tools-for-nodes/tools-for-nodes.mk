################################################################################
#
# tools-for-nodes
#
################################################################################

TOOLS_FOR_NODES_VERSION = $(DOCKER_COMPOSE_VERSION)-$(RESTIC_VERSION)
TOOLS_FOR_NODES_SOURCE =
TOOLS_FOR_NODES_LICENSE = Apache-2.0 (docker-compose), BSD-2-Clause (restic)
TOOLS_FOR_NODES_DEPENDENCIES = host-go docker-compose restic

# Named as the manager names them: Go's architectures; arm is that of the first Raspberry Pi and of all later ones.
TOOLS_FOR_NODES_ARCHS = amd64 arm64 arm

# Without C, so that they run on every distribution.
TOOLS_FOR_NODES_GO_ENV = $(HOST_GO_COMMON_ENV) CGO_ENABLED=0 GOOS=linux GOARM=6

# $(1): architecture, $(2): name, $(3): source, $(4): what to build, $(5): linker's flags
define TOOLS_FOR_NODES_BUILD_ONE
	cd $(3) && $(HOST_MAKE_ENV) $(TOOLS_FOR_NODES_GO_ENV) GOARCH=$(1) \
		$(GO_BIN) build -mod=vendor -trimpath -buildvcs=false -p $(PARALLEL_JOBS) \
		-ldflags "-s -w $(5)" -o $(@D)/$(1)/$(2) $(4)

endef

define TOOLS_FOR_NODES_BUILD_CMDS
	$(foreach arch,$(TOOLS_FOR_NODES_ARCHS), \
		$(call TOOLS_FOR_NODES_BUILD_ONE,$(arch),docker-compose,$(DOCKER_COMPOSE_DIR),./cmd,$(DOCKER_COMPOSE_LDFLAGS)) \
		$(call TOOLS_FOR_NODES_BUILD_ONE,$(arch),restic,$(RESTIC_DIR),./cmd/restic))
	$(foreach arch,$(TOOLS_FOR_NODES_ARCHS), \
		$(TOOLS_FOR_NODES_PKGDIR)/versions $(@D)/$(arch) \
			docker-compose $(DOCKER_COMPOSE_VERSION) restic $(RESTIC_VERSION)$(sep))
endef

define TOOLS_FOR_NODES_INSTALL_TARGET_CMDS
	rm -rf $(TARGET_DIR)/usr/share/hearth/tools
	mkdir -p $(TARGET_DIR)/usr/share/hearth/tools
	$(foreach arch,$(TOOLS_FOR_NODES_ARCHS), \
		cp -R $(@D)/$(arch) $(TARGET_DIR)/usr/share/hearth/tools/$(sep))
endef

$(eval $(generic-package))
