# shellcheck shell=sh
# Sourced by pack-hearth and pack-go: makes the tarball of a package, and the file of its hash that Buildroot compares it with.

# archive FOLDER NAME VERSION SOURCES: writes SOURCES/NAME-VERSION-vendored.tar.gz, the same bytes from the same files, wherever and whenever.
archive() {
    mkdir -p "$4/hashes/$2"
    tarball=$4/$2-$3-vendored.tar.gz
    tar --create --directory="$1" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' \
        --mtime='@0' --transform="s,^\.,$2-$3," . | gzip -6 -n >"$tarball.new"
    mv "$tarball.new" "$tarball"
    sha256=$(sha256sum "$tarball" | cut -d' ' -f1)
    echo "sha256  $sha256  ${tarball##*/}" >"$4/hashes/$2/$2.hash"
}
