#!/bin/sh
# Builds the kernel's fuzz target under AddressSanitizer and UndefinedBehaviorSanitizer.
#   fuzz/kernel/build.sh fuzz OUT    with libFuzzer (clang with its compiler-rt)
#   fuzz/kernel/build.sh replay OUT  a program that feeds files, with any compiler ($CXX, else g++)
set -eu
mode=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
cpp=$here/../../cpp
common="-std=c++20 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all -I$cpp -pthread"
case $mode in
  fuzz) cxx=${CXX:-clang++} sanitize=-fsanitize=fuzzer,address,undefined ;;
  replay) cxx=${CXX:-g++} sanitize=-fsanitize=address,undefined common="$common -DZKC_REPLAY" ;;
  *) echo "usage: build.sh fuzz|replay OUT" >&2; exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
objects='' count=0
compile() {  # source, more flags
  count=$((count + 1))
  object=$work/$count.o
  "$cxx" $common $sanitize -c "$@" -o "$object"
  objects="$objects $object"
}
define=
case $(uname -m) in
  x86_64 | amd64)
    define=-DZKC_BUILD_IFMA
    for unit in points vectors; do
      compile "$cpp/ifma/$unit.cpp" -mavx512f -mavx512vl -mavx512dq -mavx512bw -mavx512ifma \
        -mavx512vbmi2 -mbmi2 -madx -Wno-uninitialized -Wno-maybe-uninitialized \
        -Wno-unknown-warning-option
    done ;;
esac
for source in "$cpp"/*/*.cpp "$here"/kernel_fuzz.cpp; do
  case $source in
    "$cpp"/bindings/* | "$cpp"/check/* | "$cpp"/ifma/*) ;;
    *) compile "$source" $define ;;
  esac
done
"$cxx" $common $sanitize $objects -o "$out"
