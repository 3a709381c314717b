# unpack NAME FOLDER: a source package of /input, as dpkg-source -x lays it out: upstream's tarball, and Debian's patches to it in the order of
# their series, which apply without any fuzz. left_out (src/runtime/left-out-patches.ts) knows those that cannot be used here. A tarball of
# somebody's own comes without patches.
unpack() {
  mkdir -p "$2"
  tar -xf /input/"$1"_*.orig.tar.* -C "$2" --strip-components=1
  for archive in /input/"$1"_*.debian.tar.*; do
    if [ ! -e "$archive" ]; then return 0; fi
    tar -xf "$archive" -C "$2"
  done
  if [ ! -e "$2/debian/patches/series" ]; then return 0; fi
  awk '{ sub(/(^|[ \t])#.*/, "") } NF { print $1 }' "$2/debian/patches/series" > /tmp/series
  while read -r patch; do
    if left_out "$1/$patch"; then continue; fi
    if ! patch -d "$2" -s -t -N -F 0 -p1 > /tmp/patch.log 2>&1 < "$2/debian/patches/$patch"; then
      cat /tmp/patch.log >&2
      echo "Debian's patch $patch does not apply to $1" >&2
      exit 1
    fi
  done < /tmp/series
}
