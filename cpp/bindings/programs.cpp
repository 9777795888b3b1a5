#include "bindings/programs.hpp"

#include <limits>

#include "witness/tape.hpp"

namespace zkc::py {

namespace {

constexpr std::size_t kMaxWires = std::numeric_limits<std::uint32_t>::max();

SparseMatrix load_matrix(const nb::tuple& parts, const char* name, std::size_t n_wires) {
    if (parts.size() != 3) refuse(name, "expected (indptr, wires, coefficients)");
    const auto indptr = view<std::uint32_t>(parts[0], name, 0);
    const auto wires = view<std::uint32_t>(parts[1], name, 0);
    const auto coefficients = view<u64>(parts[2], name, 4);
    check_canonical<Fr>(coefficients.data, coefficients.rows, name);
    SparseMatrix out;
    out.row_start.assign(indptr.data, indptr.data + indptr.rows);
    out.wires.assign(wires.data, wires.data + wires.rows);
    out.coefficients.reserve(coefficients.rows);
    for (std::size_t i = 0; i < coefficients.rows; ++i) {
        out.coefficients.push_back(Fr::from_canonical(limbs_at(coefficients.data + 4 * i)));
    }
    out.check(name, n_wires);
    out.prepare();
    return out;
}

ConstraintSystem load_system(std::int64_t n_wires, std::int64_t n_public, const nb::tuple& a,
                             const nb::tuple& b, const nb::tuple& c) {
    if (n_wires < 1 || static_cast<std::size_t>(n_wires) > kMaxWires) {
        refuse("n_wires", "expected 1 to 2^32 - 1");
    }
    if (n_public < 0 || n_public >= n_wires) refuse("n_public", "expected 0 to n_wires - 1");
    const auto wires = static_cast<std::size_t>(n_wires);
    ConstraintSystem system{wires, static_cast<std::size_t>(n_public), load_matrix(a, "a", wires),
                            load_matrix(b, "b", wires), load_matrix(c, "c", wires)};
    if (system.a.rows() != system.b.rows() || system.a.rows() != system.c.rows()) {
        refuse("c", "the three matrices differ in their number of rows");
    }
    return system;
}

Tape load_tape(std::int64_t n_inputs, nb::handle instructions, nb::handle terms,
               nb::handle constants, nb::handle wires) {
    if (n_inputs < 0 || static_cast<std::size_t>(n_inputs) > kMaxWires) {
        refuse("n_inputs", "expected 0 to 2^32 - 1");
    }
    const auto code = view<std::uint32_t>(instructions, "instructions", 4);
    const auto pairs = view<std::uint32_t>(terms, "terms", 2);
    const auto values = view<u64>(constants, "constants", 4);
    const auto outputs = view<std::uint32_t>(wires, "wires", 0);
    std::vector<Instruction> program;
    program.reserve(code.rows);
    for (std::size_t i = 0; i < code.rows; ++i) {
        const std::uint32_t* at = code.data + 4 * i;
        program.push_back({static_cast<Op>(at[0]), at[1], at[2], at[3]});
    }
    std::vector<Term> list;
    list.reserve(pairs.rows);
    for (std::size_t i = 0; i < pairs.rows; ++i) {
        list.push_back({pairs.data[2 * i], pairs.data[2 * i + 1]});
    }
    std::vector<Fr::Int> numbers;
    numbers.reserve(values.rows);
    for (std::size_t i = 0; i < values.rows; ++i) numbers.push_back(limbs_at(values.data + 4 * i));
    return Tape(static_cast<std::size_t>(n_inputs), std::move(program), std::move(list),
                std::move(numbers),
                std::vector<std::uint32_t>(outputs.data, outputs.data + outputs.rows));
}

Out run_tape(const Tape& tape, nb::handle inputs) {
    const auto in = view<u64>(inputs, "inputs", 4);
    if (in.rows != tape.n_inputs()) {
        refuse("inputs", "expected " + std::to_string(tape.n_inputs()) + " rows");
    }
    Fresh out(tape.n_wires(), 4);
    {
        nb::gil_scoped_release release;
        check_canonical<Fr>(in.data, in.rows, "inputs");
        SecretVector<Fr::Int> values(in.rows), wires(tape.n_wires());
        for (std::size_t i = 0; i < in.rows; ++i) values[i] = limbs_at(in.data + 4 * i);
        tape.run(values.data(), wires.data());
        for (std::size_t i = 0; i < wires.size(); ++i) store(out.row(i), wires[i]);
    }
    return out.release();
}

}  // namespace

SecretVector<Fr::Int> load_witness(const View<u64>& witness, std::size_t n_wires) {
    if (witness.rows != n_wires) refuse("witness", "expected " + std::to_string(n_wires) + " rows");
    SecretVector<Fr::Int> out(n_wires);
    std::memcpy(out.data(), witness.data, n_wires * sizeof(Fr::Int));
    require_witness(out);
    return out;
}

void require_witness(const SecretVector<Fr::Int>& values) {
    check_canonical<Fr>(values.data()->data(), values.size(), "witness");
    if (values[0] != Fr::Int{1}) refuse("witness", "wire 0 must be one");
}

void bind_programs(nb::module_& m) {
    nb::class_<ConstraintSystem>(m, "R1cs")
        .def("__init__", [](ConstraintSystem* self, std::int64_t n_wires, std::int64_t n_public,
                            const nb::tuple& a, const nb::tuple& b, const nb::tuple& c) {
            new (self) ConstraintSystem(load_system(n_wires, n_public, a, b, c));
        }, nb::arg("n_wires"), nb::arg("n_public"), nb::arg("a"), nb::arg("b"), nb::arg("c"))
        .def_prop_ro("n_wires", [](const ConstraintSystem& s) { return s.n_wires; })
        .def_prop_ro("n_public", [](const ConstraintSystem& s) { return s.n_public; })
        .def_prop_ro("n_constraints", [](const ConstraintSystem& s) { return s.n_constraints(); })
        .def("first_unsatisfied", [](const ConstraintSystem& s, nb::handle witness) {
            const auto w = view<u64>(witness, "witness", 4);
            nb::gil_scoped_release release;
            return s.first_unsatisfied(load_witness(w, s.n_wires).data());
        }, nb::arg("witness"));

    nb::class_<Tape>(m, "Tape")
        .def("__init__", [](Tape* self, std::int64_t n_inputs, nb::handle instructions,
                            nb::handle terms, nb::handle constants, nb::handle wires) {
            new (self) Tape(load_tape(n_inputs, instructions, terms, constants, wires));
        }, nb::arg("n_inputs"), nb::arg("instructions"), nb::arg("terms"), nb::arg("constants"),
             nb::arg("wires"))
        .def_prop_ro("n_inputs", &Tape::n_inputs)
        .def_prop_ro("n_wires", &Tape::n_wires)
        .def_prop_ro("n_registers", &Tape::n_registers)
        .def("run", &run_tape, nb::arg("inputs"));
}

}  // namespace zkc::py
