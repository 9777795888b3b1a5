#!/bin/sh
# Runs tests of the kernel under AddressSanitizer and UndefinedBehaviorSanitizer (gcc).
#   cpp/check/sanitize.sh [PYTEST ARGUMENT...]      without arguments: tests/kernel
# Needs cmake, ninja, and a Python ($PYTHON, else .venv/bin/python) with the library, nanobind and
# pytest. ZKCREDIT_KERNEL forces a unit, as always. The build is kept in build/sanitize.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
build=$root/build/sanitize
cmake -S "$root" -B "$build" -G Ninja -DZKCREDIT_SANITIZE=ON -DPython_EXECUTABLE="$python" >&2
cmake --build "$build" >&2

# Python takes this kernel instead of the installed one.
mkdir -p "$build/site"
cat > "$build/site/sitecustomize.py" <<'PYTHON'
import importlib.util
import pathlib
import sys


class Sanitized:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "zkcredit._kernel":
            return None
        (file,) = pathlib.Path(__file__).parents[1].glob("_kernel*.so")
        return importlib.util.spec_from_file_location(name, file)


sys.meta_path.insert(0, Sanitized)
PYTHON
export PYTHONPATH="$build/site${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONMALLOC=malloc  # to watch what Python allocates, too
# Python keeps memory to its end, which is not a leak; tests run out of memory on purpose.
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1"
export UBSAN_OPTIONS="print_stacktrace=1"
runtime() { "${CXX:-g++}" -print-file-name="$1"; }
LD_PRELOAD="$(runtime libasan.so) $(runtime libubsan.so) $(runtime libstdc++.so.6)"
export LD_PRELOAD
cd "$root"
"$python" -c 'from zkcredit import _kernel; print(_kernel.__file__, _kernel.kernel_name())' >&2
# By default it leaves out tests that limit the address space, which the sanitizer needs for itself,
# tests about compilers and tests that replace `new`.
[ $# -gt 0 ] || set -- tests/kernel -m "not slow" \
  --ignore tests/kernel/test_kernel_objects.py --ignore tests/kernel/test_kernel_guards.py \
  --deselect tests/kernel/test_kernel_boundary.py::test_running_out_of_memory_is_a_memory_error
exec "$python" -m pytest -p no:cacheprovider "$@"
