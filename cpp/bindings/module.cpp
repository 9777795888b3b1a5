#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "bindings/arrays.hpp"
#include "dispatch/dispatch.hpp"

namespace nb = nanobind;

namespace {

/// Makes every name of the module raise zkcredit.errors.KernelUnavailable with this text (PEP 562).
/// The import itself cannot raise it: Python turns whatever is thrown there into an ImportError.
void bind_refusal(nb::module_& m, const std::string& text) {
    m.def("__getattr__", [text](const std::string& name) -> nb::object {
        if (name.starts_with("__")) throw nb::attribute_error(name.c_str());  // Python's own questions
        const nb::object kind = nb::module_::import_("zkcredit.errors").attr("KernelUnavailable");
        // an environment may hold any bytes
        const auto message = nb::steal(PyUnicode_DecodeUTF8(
            text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace"));
        PyErr_SetObject(kind.ptr(), message.ptr());
        throw nb::python_error();
    });
}

}  // namespace

NB_MODULE(_kernel, m) {
    // Python modules cache keys to the end of the process, which is not a leak.
    nb::set_leak_warnings(false);
    std::string unit;
    try {
        unit = zkc::dispatch::activate();
    } catch (const std::runtime_error& error) {
        bind_refusal(m, error.what());
        return;
    }
    m.def("kernel_name", [unit] { return unit; });
    m.def("kernel_units", [] { return zkc::dispatch::available(); });
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
    zkc::py::bind_proving_keys(m);
    zkc::py::bind_groth16(m);
    zkc::py::bind_files(m);
}
