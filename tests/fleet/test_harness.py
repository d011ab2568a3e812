"""Proves that the fleet is what the other tests take it for."""

import socket
import subprocess
import time
from contextlib import closing

import pytest

import variants
from hearth_fleet import Fleet, FleetError, Node, leftovers, settings
from hearth_fleet.process import run, wait_until


def ssh_banner(node: Node, limit: float = 1) -> bytes:
    """What port 22 says first; empty when nothing answers in time."""
    try:
        with closing(socket.create_connection((node.address, 22), timeout=limit)) as connection:
            return connection.recv(64)
    except OSError:
        return b""


def password_login(node: Node, user: str, password: str, *command: str) -> str:
    return run(
        [
            "sshpass",
            "-p",
            password,
            "ssh",
            "-F",
            "none",
            "-o",
            "PubkeyAuthentication=no",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            f"{user}@{node.address}",
            *command,
        ],
        limit=20,
    ).stdout.strip()


def test_every_node_answers_ssh_and_its_engine(fleet: Fleet) -> None:
    versions = [node.ssh("docker", "version", "--format", "{{.Server.Version}}").stdout for node in fleet.nodes()[:3]]
    assert len(versions) == 3
    assert all(version.startswith("26.1") for version in versions)
    assert {node.ssh("systemctl", "is-system-running", "--wait").stdout.strip() for node in fleet.nodes()[:3]} == {
        "running"
    }


@pytest.mark.parametrize("account", settings.USERS, ids=lambda account: account["user"])
def test_accounts_have_the_rights_that_are_told(node: Node, account: dict) -> None:
    user = account["user"]
    assert password_login(node, user, account["password"], "whoami") == user
    assert (node.ssh("sudo -n true", user=user, check=False).returncode == 0) == account["sudo"]
    assert (node.ssh("docker ps", user=user, check=False).returncode == 0) == account["docker"]


def test_nodes_differ_in_memory_disk_and_identity(fleet: Fleet) -> None:
    nodes = fleet.nodes()[:3]
    memory = [int(node.shell("awk '/^MemTotal/ {print $2}' /proc/meminfo")) for node in nodes]
    assert memory == [gib * 1024 * 1024 for gib in (8, 4, 16)]
    disk_gib = [int(node.shell("df --output=size --block-size=1G / | tail -1")) for node in nodes]
    assert disk_gib == sorted(disk_gib)
    for file in (
        "/etc/machine-id",
        "/proc/sys/kernel/random/boot_id",
        "/etc/hostname",
        "/etc/ssh/ssh_host_ed25519_key.pub",
    ):
        assert len({node.shell(f"cat {file}") for node in nodes}) == 3, file


def test_the_engine_sees_the_nodes_memory_and_its_limits_hold(node: Node) -> None:
    assert int(node.ssh("docker info --format '{{.MemTotal}}'").stdout) == settings.memory_bytes(node.number)
    hog = "docker run --rm --memory 16m --memory-swap 16m --entrypoint sh hearth-test/web:1 -c"
    script = "'data=$(head -c 67108864 /dev/urandom); echo survived'"
    done = node.ssh(f"{hog} {script}", check=False)
    assert done.returncode == 137  # Killed, as exit status: 128 + 9
    assert "survived" not in done.stdout


def test_cut_and_heal(node: Node) -> None:
    node.cut()
    assert ssh_banner(node) == b""
    assert node.shell("cat /sys/class/net/eth0/carrier").strip() == "0"
    node.heal()
    wait_until(lambda: ssh_banner(node).startswith(b"SSH-2.0"), 5, "ssh after the cut")


def test_kill_and_boot_keep_the_data(node: Node) -> None:
    key, boot = node.host_key(), node.shell("cat /proc/sys/kernel/random/boot_id")
    node.shell("docker volume create kept >/dev/null; echo precious >/var/lib/docker/volumes/kept/_data/file")
    begin = time.monotonic()
    node.kill()
    assert not node.running
    assert time.monotonic() - begin < 5
    assert ssh_banner(node) == b""
    assert settings.namespace(node.number) not in run(["ip", "netns", "list"]).stdout
    node.boot()
    assert node.host_key() == key
    assert node.shell("cat /proc/sys/kernel/random/boot_id") != boot
    assert node.shell("cat /var/lib/docker/volumes/kept/_data/file") == "precious\n"
    node.ssh("docker", "volume", "rm", "kept")


def test_a_reboot_comes_back_by_itself(node: Node) -> None:
    boot = node.shell("cat /proc/sys/kernel/random/boot_id")
    node.ssh("systemctl", "reboot", check=False)
    wait_until(
        lambda: node.running and node.shell("cat /proc/sys/kernel/random/boot_id", check=False) not in ("", boot),
        30,
        "the reboot",
    )
    node.wait_ready()


def test_a_disk_fills_up_and_is_freed(node: Node) -> None:
    node.fill_disk()
    assert node.exec("cp", "/bin/bash", "/root/copy", check=False).returncode != 0
    assert node.shell("df --output=avail / | tail -1").strip() == "0"
    node.free_disk()
    node.exec("cp", "/bin/bash", "/root/copy")
    node.exec("rm", "-f", "/root/copy")


@pytest.mark.parametrize("image", ["postgres:17", "miniflux/miniflux:2.2.6", "hearth-test/web:1"])
def test_unchanged_image_names_lead_to_the_registry(node: Node, image: str) -> None:
    node.ssh("docker", "rmi", "--force", image, check=False)
    node.ssh("docker", "pull", "--quiet", image)
    digests = node.ssh("docker", "image", "inspect", "--format", "{{json .RepoDigests}}", image).stdout
    digest = digests.partition("@")[2].partition('"')[0]
    node.ssh("docker", "pull", "--quiet", f"{image.partition(':')[0]}@{digest}")


def test_an_unknown_image_fails_at_once(node: Node) -> None:
    begin = time.monotonic()
    assert node.ssh("docker", "pull", "hearth-test/none:1", check=False).returncode != 0
    assert node.ssh("docker", "pull", "ghcr.io/hearth-test/none:1", check=False).returncode != 0
    assert time.monotonic() - begin < 5


def test_a_container_serves_on_the_nodes_address(node: Node) -> None:
    node.ssh("docker run --detach --name served --publish 9080:8080 --read-only hearth-test/web:1")
    try:
        wait_until(
            lambda: run(["curl", "-fs", f"http://{node.address}:9080/health"], check=False).stdout == "ok\n",
            10,
            "the app",
        )
    finally:
        node.ssh("docker", "rm", "--force", "--volumes", "served")


def test_a_pull_can_be_slowed_and_cut(node: Node) -> None:
    image = "hearth-test/big:1"
    node.ssh("docker", "rmi", "--force", image, check=False)
    try:
        node.slow("20mbit")
    except FleetError as error:
        pytest.skip(str(error))
    node.shell(f"systemd-run --quiet --unit=pull docker pull {image}")
    received = "cat /sys/class/net/eth0/statistics/rx_bytes"
    before = int(node.shell(received))
    wait_until(lambda: int(node.shell(received)) > before + 3_000_000, 20, "the pull to begin")
    node.cut()
    stopped = int(node.shell(received))
    assert node.exec("docker", "image", "inspect", image, check=False).returncode != 0
    assert int(node.shell(received)) == stopped
    node.shell("systemctl stop pull.service || true")
    node.heal()
    node.slow(None)
    wait_until(
        lambda: node.ssh("docker", "pull", "--quiet", image, check=False, limit=60).returncode == 0,
        60,
        "the pull after the cut",
    )
    node.ssh("docker", "rmi", image)


def test_a_plain_node_gets_its_engine_from_apt(plain_node: Node) -> None:
    assert plain_node.ssh("command -v docker", check=False).returncode != 0
    plain_node.ssh("sudo -n apt-get update -qq", user="ada")
    plain_node.ssh(
        "sudo -n DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io docker-cli docker-compose",
        user="ada",
        limit=180,
    )
    assert plain_node.ssh("docker", "version", "--format", "{{.Server.Version}}").stdout.startswith("26.1")
    assert plain_node.ssh("docker", "compose", "version", "--short").stdout.startswith("2.")
    plain_node.ssh("docker", "pull", "--quiet", "hearth-test/web:1")


def test_a_new_host_key_is_seen(node: Node) -> None:
    before = node.host_key()
    node.rekey()
    assert node.host_key() != before
    scanned = run(["ssh-keyscan", "-t", "ed25519", node.address]).stdout.split()
    assert " ".join(scanned[1:3]) == node.host_key()


def test_the_first_node_is_found_by_mdns(fleet: Fleet) -> None:
    # A question for PTR of _ssh._tcp.local from a port of our own: the answer comes to it (RFC 6762, 6.7).
    name = b"".join(bytes([len(label)]) + label for label in (b"_ssh", b"_tcp", b"local")) + b"\0"
    question = b"\x12\x34\0\0\0\1\0\0\0\0\0\0" + name + b"\0\x0c\0\1"
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(settings.HOST_ADDRESS))
        asking.settimeout(1)

        def answered() -> bool:
            asking.sendto(question, ("224.0.0.251", 5353))
            try:
                answer, (sender, _) = asking.recvfrom(9000)
            except TimeoutError:
                return False
            return sender == fleet.node(1).address and b"\x02n1" in answer

        wait_until(answered, 10, "an answer of avahi on n1")


# What shows that a fault is on: this command, as this user, over ssh, works without it and not with it.
PROBES = {
    "no-sudo": ("ada", "sudo -n true"),
    "sudo-password": ("ada", "sudo -n true"),
    "no-socket-rights": ("ada", "docker version"),
    "stopped-engine": ("root", "test -S /run/docker.sock && systemctl is-active -q docker.service"),
    "old-engine": ("root", "docker version --format '{{.Server.APIVersion}}' | grep -q ^1.45"),
    "no-compose": ("root", "docker compose version"),
    "no-package-source": ("root", "apt-get update -qq -o Acquire::Retries=0 --error-on=any"),
    "unsupported-system": ("root", "grep -q ^ID=debian /etc/os-release"),
    "no-ssh": ("root", "true"),
}


@pytest.mark.parametrize("name", PROBES)
def test_a_fault_shows_and_can_be_undone(node: Node, name: str) -> None:
    user, probe = PROBES[name]

    def works() -> bool:
        return node.ssh(probe, user=user, check=False).returncode == 0

    assert works()
    with variants.applied(node, name):
        variants.apply(node, name)  # Twice is as once.
        assert not works()
    wait_until(works, 20, f"the node without {name}", pause=0.3)


@pytest.mark.parametrize("name", ["no-forwarding", "no-stream-forwarding"])
def test_a_forbidden_forwarding_is_refused(node: Node, name: str, tmp_path) -> None:
    def engine_answers() -> bool:
        local = tmp_path / "engine.sock"
        local.unlink(missing_ok=True)
        command = [
            "ssh",
            "-F",
            "none",
            "-i",
            settings.KEY,
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-N",
            "-L",
            f"{local}:/run/docker.sock",
            f"root@{node.address}",
        ]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
            try:
                wait_until(local.exists, 10, "the forwarded socket")
                asked = run(["curl", "-fsm5", "--unix-socket", local, "http://engine/_ping"], check=False)
                return asked.stdout == "OK"
            finally:
                client.terminate()

    assert engine_answers()
    with variants.applied(node, name):
        assert not engine_answers()
    assert engine_answers()


def test_password_logins_can_be_forbidden(node: Node) -> None:
    with variants.applied(node, "no-password-login"):
        with pytest.raises(FleetError):
            password_login(node, "ada", "hearth-ada", "true")
        node.ssh("true", user="ada")
    password_login(node, "ada", "hearth-ada", "true")


@pytest.mark.usefixtures("fleet")
def test_what_is_up_would_be_noticed_if_it_were_left() -> None:
    kinds = {word.split()[0] for word in leftovers.find()}
    assert kinds == {"mount", "loop", "namespace", "link", "control", "process"}
