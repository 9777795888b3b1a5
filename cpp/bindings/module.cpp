#include "arrays.hpp"
#include "dispatch.hpp"

namespace nb = nanobind;

NB_MODULE(_kernel, m) {
    // An unusable ZKCREDIT_KERNEL stops the import instead of a proof.
    const std::string unit(zkc::dispatch::activate());
    // Keys are cached in Python modules to the end of the process; that is no leak.
    nb::set_leak_warnings(false);
    m.def("kernel_name", [unit] { return unit; });
    m.def("kernel_choice", [](const std::string& forced, std::uint32_t leaf1_ecx,
                              std::uint32_t leaf7_ebx, std::uint32_t leaf7_ecx,
                              std::uint32_t states) {
        const zkc::Processor made_up{leaf1_ecx, leaf7_ebx, leaf7_ecx, states};
        return std::string(zkc::dispatch::choice(forced.c_str(), made_up));
    }, nb::arg("forced"), nb::arg("leaf1_ecx"), nb::arg("leaf7_ebx"), nb::arg("leaf7_ecx"),
       nb::arg("states"));
    zkc::py::bind_fields(m);
    zkc::py::bind_programs(m);
    zkc::py::bind_groups(m);
    zkc::py::bind_pairings(m);
    zkc::py::bind_groth16(m);
}
