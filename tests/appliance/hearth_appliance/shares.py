"""Servers of shares in the network of a test: Samba and NFS-Ganesha from Debian, in a root of their own that is made once and kept."""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from . import settings
from .box import BoxError
from .lan import Lan

_SUITE = "trixie"
_PACKAGES = "samba,nfs-ganesha,nfs-ganesha-vfs"
_SMB = """[global]
server role = standalone server
interfaces = 10.88.0.1
bind interfaces only = yes
disable netbios = yes
log file = {folder}/smbd.log
pid directory = {folder}
state directory = {folder}
cache directory = {folder}
lock directory = {folder}
private dir = {folder}
ncalrpc dir = {folder}
passdb backend = smbpasswd:{folder}/smbpasswd
[media]
path = {folder}/media
read only = no
valid users = anna
force user = root
"""
_NFS = """NFS_Core_Param {{ Protocols = 4; Bind_addr = 10.88.0.1; Enable_NLM = false; Enable_RQUOTA = false;
    allow_set_io_flusher_fail = true; }}
NFSv4 {{ Graceless = true; RecoveryRoot = {folder}; }}
EXPORT {{ Export_Id = 1; Path = {folder}/media; Pseudo = /media; Access_Type = RW; Squash = No_Root_Squash;
    SecType = sys; FSAL {{ Name = VFS; }} }}
"""
PASSWORD = "a password, with = and ,"


class Shares:
    """A server of the share `media` at 10.88.0.1, by SMB (user anna) and by NFS."""

    def __init__(self, lan: Lan) -> None:
        self._lan = lan
        self._root = _root()
        self.folder = self._root / "srv" / secrets.token_hex(4)
        self.media = self.folder / "media"
        self.media.mkdir(parents=True)
        inside = f"/srv/{self.folder.name}"
        (self.folder / "smb.conf").write_text(_SMB.format(folder=inside))
        (self.folder / "ganesha.conf").write_text(_NFS.format(folder=inside))
        people = self._root / "etc" / "passwd"
        if "\nanna:" not in people.read_text():
            people.write_text(people.read_text() + "anna:x:1000:1000::/:/usr/sbin/nologin\n")
        self._inside = inside
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        words = ["chroot", self._root, "/usr/bin/smbpasswd", "-c", f"{inside}/smb.conf", "-s", "-a", "anna"]
        subprocess.run(words, input=f"{PASSWORD}\n{PASSWORD}\n".encode(), check=True, capture_output=True)

    def smb(self) -> None:
        """Starts Samba."""
        self._start("smbd", "--foreground", "--no-process-group", "--configfile", f"{self._inside}/smb.conf")

    def nfs(self) -> None:
        """Starts NFS-Ganesha."""
        self._start("ganesha.nfsd", "-F", "-L", f"{self._inside}/ganesha.log", "-f", f"{self._inside}/ganesha.conf", "-p", f"{self._inside}/ganesha.pid")

    def end(self, name: str = "") -> None:
        """Ends the servers, or the one with this name, as a machine does that is switched off: nobody is told."""
        for server in [server for server in self._servers if name in server]:
            process = self._servers.pop(server)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)

    def remove(self) -> None:
        """Removes what was shared, once the servers have ended."""
        shutil.rmtree(self.folder)

    def _start(self, *words: str) -> None:
        # The server of NFS finds the file system of what it exports in /etc/mtab.
        inner = 'ln -sfn /proc/self/mounts "$0/etc/mtab" && mount -t proc proc "$0/proc" && mount --bind "$0/srv" "$0/srv" && exec chroot "$0" env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"'
        self._servers[words[0]] = self._lan.start("unshare", "--mount", "sh", "-c", inner, str(self._root), *words)


def _root() -> Path:
    key = hashlib.sha256(f"{_SUITE} {_PACKAGES}".encode()).hexdigest()[:16]
    root = settings.CACHE / "tools" / f"servers-{key}"
    if not (root / "complete").exists():
        mirror = subprocess.run([settings.IMAGE / "tools" / "mirror"], capture_output=True, text=True, check=True).stdout.strip()
        words = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={_PACKAGES}", "--dpkgopt=force-unsafe-io", _SUITE, str(root), mirror]
        done = subprocess.run(words, capture_output=True, text=True, env=os.environ)
        if done.returncode != 0:
            raise BoxError(f"mmdebstrap: {done.stderr[-2000:]}")
        (root / "complete").touch()
    return root
