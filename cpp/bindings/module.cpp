#include "arrays.hpp"
#include "dispatch.hpp"

namespace nb = nanobind;

NB_MODULE(_kernel, m) {
    // An unusable ZKCREDIT_KERNEL stops the import instead of a proof.
    const std::string unit(zkc::dispatch::activate());
    // Keys are cached in Python modules to the end of the process; that is no leak.
    nb::set_leak_warnings(false);
    m.def("kernel_name", [unit] { return unit; });
    zkc::py::bind_fields(m);
    zkc::py::bind_programs(m);
    zkc::py::bind_groups(m);
    zkc::py::bind_pairings(m);
    zkc::py::bind_groth16(m);
}
