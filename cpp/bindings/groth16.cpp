#include "groth16/groth16.hpp"

#include <nanobind/stl/optional.h>

#include <bit>

#include "bindings/batch.hpp"
#include "bindings/points.hpp"
#include "bindings/programs.hpp"
#include "field/random.hpp"

namespace zkc::py {

namespace {

nb::dict setup(const ConstraintSystem& system, nb::handle toxic, unsigned threads) {
    const auto rows = view<u64>(toxic, "toxic", 4);
    if (rows.rows != 5) refuse("toxic", "expected 5 rows: tau, alpha, beta, gamma, delta");
    SetupResult key;
    {
        nb::gil_scoped_release release;
        check_canonical<Fr>(rows.data, 5, "toxic");
        const auto at = [&rows](std::size_t i) {
            return Fr::from_canonical(limbs_at(rows.data + 4 * i));
        };
        const Secret<Trapdoor> trapdoor(Trapdoor{at(0), at(1), at(2), at(3), at(4)});
        key = groth16_setup(system, trapdoor.value, threads);
    }
    nb::dict out;
    out["alpha1"] = single(key.alpha1);
    out["beta1"] = single(key.beta1);
    out["delta1"] = single(key.delta1);
    out["beta2"] = single(key.beta2);
    out["gamma2"] = single(key.gamma2);
    out["delta2"] = single(key.delta2);
    out["ic"] = many(key.ic);
    out["a"] = many(key.a);
    out["b1"] = many(key.b1);
    out["b2"] = many(key.b2);
    out["c"] = many(key.c);
    out["h"] = many(key.h);
    return out;
}

/// Sorts coefficient entries of one matrix into rows.
SparseMatrix rows_of(std::uint32_t which, const View<std::uint32_t>& matrix,
                     const View<std::uint32_t>& row, const View<std::uint32_t>& wire,
                     const View<u64>& value, std::size_t n_rows) {
    SparseMatrix out;
    out.row_start.assign(n_rows + 1, 0);
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        if (matrix.data[i] == which) ++out.row_start[row.data[i] + 1];
    }
    for (std::size_t i = 0; i < n_rows; ++i) out.row_start[i + 1] += out.row_start[i];
    std::vector<std::uint32_t> next(out.row_start.begin(), out.row_start.end() - 1);
    out.wires.resize(out.row_start.back());
    out.coefficients.resize(out.row_start.back());
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        if (matrix.data[i] != which) continue;
        const std::size_t at = next[row.data[i]]++;
        out.wires[at] = wire.data[i];
        out.coefficients[at] = Fr::from_canonical(limbs_at(value.data + 4 * i));
    }
    out.prepare();
    return out;
}

void load_coefficients(ProvingKey& key, const nb::tuple& coeffs) {
    if (coeffs.size() != 4) refuse("coeffs", "expected (matrix, row, wire, value)");
    const auto matrix = view<std::uint32_t>(coeffs[0], "coeffs.matrix", 0);
    const auto row = view<std::uint32_t>(coeffs[1], "coeffs.row", 0);
    const auto wire = view<std::uint32_t>(coeffs[2], "coeffs.wire", 0);
    const auto value = view<u64>(coeffs[3], "coeffs.value", 4);
    if (row.rows != matrix.rows || wire.rows != matrix.rows || value.rows != matrix.rows) {
        refuse("coeffs", "the four arrays differ in length");
    }
    check_canonical<Fr>(value.data, value.rows, "coeffs.value");
    for (std::size_t i = 0; i < matrix.rows; ++i) {
        if (matrix.data[i] > 1) refuse("coeffs.matrix", "expected 0 or 1");
        if (row.data[i] >= key.domain_size()) refuse("coeffs.row", "row outside the domain");
        if (wire.data[i] >= key.n_wires) refuse("coeffs.wire", "wire index out of range");
    }
    key.a_rows = rows_of(0, matrix, row, wire, value, key.domain_size());
    key.b_rows = rows_of(1, matrix, row, wire, value, key.domain_size());
}

template <class G>
std::vector<Affine<G>> load_section(nb::handle points, const char* name, std::size_t count) {
    const auto rows = view<u64>(points, name, kRow<G>);
    if (rows.rows != count) refuse(name, "expected " + std::to_string(count) + " points");
    nb::gil_scoped_release release;
    return load_points<G>(rows, name);
}

ProvingKey load_proving_key(std::int64_t n_wires, std::int64_t n_public, std::int64_t domain_size,
                            const nb::tuple& coeffs, nb::handle alpha1, nb::handle beta1,
                            nb::handle beta2, nb::handle delta1, nb::handle delta2, nb::handle a,
                            nb::handle b1, nb::handle b2, nb::handle c, nb::handle h) {
    if (n_wires < 1 || n_wires > std::int64_t{0xffffffff}) {
        refuse("n_wires", "expected 1 to 2^32 - 1");
    }
    if (n_public < 0 || n_public >= n_wires) refuse("n_public", "expected 0 to n_wires - 1");
    if (domain_size < 2 || domain_size > (std::int64_t{1} << 27) ||
        !std::has_single_bit(static_cast<u64>(domain_size))) {
        refuse("domain_size", "expected a power of two from 2 to 2^27");
    }
    ProvingKey key{};
    key.n_wires = static_cast<std::size_t>(n_wires);
    key.n_public = static_cast<std::size_t>(n_public);
    key.log_domain = static_cast<std::size_t>(std::countr_zero(static_cast<u64>(domain_size)));
    key.alpha1 = load_single<G1>(alpha1, "alpha1");
    key.beta1 = load_single<G1>(beta1, "beta1");
    key.beta2 = load_single<G2>(beta2, "beta2");
    key.delta1 = load_single<G1>(delta1, "delta1");
    key.delta2 = load_single<G2>(delta2, "delta2");
    key.a = load_section<G1>(a, "a", key.n_wires);
    key.b1 = load_section<G1>(b1, "b1", key.n_wires);
    key.b2 = load_section<G2>(b2, "b2", key.n_wires);
    key.c_and_h = load_section<G1>(c, "c", key.n_wires - key.n_public - 1);
    const auto tail = load_section<G1>(h, "h", key.domain_size());
    key.c_and_h.insert(key.c_and_h.end(), tail.begin(), tail.end());
    load_coefficients(key, coeffs);  // last: it allocates by the domain size, now checked
    return key;
}

nb::tuple make_proof(const ProvingKey& key, const View<u64>& witness, const Fr::Int& r,
                     const Fr::Int& s, unsigned threads) {
    Proof proof;
    {
        nb::gil_scoped_release release;
        const auto values = load_witness(witness, key.n_wires);
        proof = key.prove(values.data(), r, s, threads);
    }
    return nb::make_tuple(single(proof.a), single(proof.b), single(proof.c));
}

void load_blinding(nb::handle value, const char* name, Fr::Int& out) {
    const auto v = element(value, name, 4);
    out = limbs_at(v.data);
    if (!Fr::is_canonical(out) || is_zero(out)) refuse(name, "expected 1 to r - 1");
}

void bind_proving_key(nb::module_& m) {
    nb::class_<ProvingKey>(m, "ProvingKey")
        .def("__init__", [](ProvingKey* self, std::int64_t n_wires, std::int64_t n_public,
                            std::int64_t domain_size, const nb::tuple& coeffs, nb::handle alpha1,
                            nb::handle beta1, nb::handle beta2, nb::handle delta1,
                            nb::handle delta2, nb::handle a, nb::handle b1, nb::handle b2,
                            nb::handle c, nb::handle h) {
            new (self) ProvingKey(load_proving_key(n_wires, n_public, domain_size, coeffs, alpha1,
                                                   beta1, beta2, delta1, delta2, a, b1, b2, c, h));
        }, nb::arg("n_wires"), nb::arg("n_public"), nb::arg("domain_size"), nb::arg("coeffs"),
             nb::arg("alpha1"), nb::arg("beta1"), nb::arg("beta2"), nb::arg("delta1"),
             nb::arg("delta2"), nb::arg("a"), nb::arg("b1"), nb::arg("b2"), nb::arg("c"),
             nb::arg("h"))
        .def_prop_ro("n_wires", [](const ProvingKey& k) { return k.n_wires; })
        .def_prop_ro("n_public", [](const ProvingKey& k) { return k.n_public; })
        .def_prop_ro("domain_size", &ProvingKey::domain_size)
        .def_prop_ro("table_bytes", &ProvingKey::table_bytes)
        .def("prepare", [](const ProvingKey& key, std::optional<std::int64_t> memory,
                           std::int64_t threads) {
            if (memory && *memory < 0) refuse("memory", "expected bytes or None");
            const unsigned count = check_threads(threads);
            nb::gil_scoped_release release;
            key.prepare(memory ? static_cast<std::size_t>(*memory) : ProvingKey::kDefaultBudget,
                        count);
        }, nb::arg("memory") = nb::none(), nb::arg("threads") = 1)
        .def("quotient", [](const ProvingKey& key, nb::handle witness, std::int64_t threads) {
            const auto rows = view<u64>(witness, "witness", 4);
            const unsigned count = check_threads(threads);
            Fresh out(key.domain_size(), 4);
            {
                nb::gil_scoped_release release;
                const auto values = load_witness(rows, key.n_wires);
                SecretVector<Fr::Int> quotient(key.domain_size());
                key.odd_coset_quotient(values.data(), quotient.data(), count);
                for (std::size_t i = 0; i < quotient.size(); ++i) store(out.row(i), quotient[i]);
            }
            return out.release();
        }, nb::arg("witness"), nb::arg("threads") = 1)
        .def("prove", [](const ProvingKey& key, nb::handle witness, std::int64_t threads) {
            Secret<Fr::Int> r, s;
            random_nonzero<Fr>(r.value);
            random_nonzero<Fr>(s.value);
            return make_proof(key, view<u64>(witness, "witness", 4), r.value, s.value,
                              check_threads(threads));
        }, nb::arg("witness"), nb::arg("threads") = 1)
        .def("prove_with_blinding_unsafe", [](const ProvingKey& key, nb::handle witness,
                                              nb::handle r, nb::handle s, std::int64_t threads) {
            Secret<Fr::Int> blind_r, blind_s;
            load_blinding(r, "r", blind_r.value);
            load_blinding(s, "s", blind_s.value);
            return make_proof(key, view<u64>(witness, "witness", 4), blind_r.value, blind_s.value,
                              check_threads(threads));
        }, nb::arg("witness"), nb::arg("r"), nb::arg("s"), nb::arg("threads") = 1);
}

Affine<G2> load_member(nb::handle value, const char* name) {
    const Affine<G2> p = load_single<G2>(value, name);
    if (!in_subgroup(p)) refuse(name, "not in the subgroup");
    return p;
}

bool verify(const VerifyingKey& key, nb::handle a, nb::handle b, nb::handle c,
            nb::handle public_inputs) {
    const auto row_a = element(a, "a", kRow<G1>);
    const auto row_b = element(b, "b", kRow<G2>);
    const auto row_c = element(c, "c", kRow<G1>);
    const auto inputs = view<u64>(public_inputs, "public", 4);
    if (inputs.rows != key.n_public()) {
        refuse("public", "expected " + std::to_string(key.n_public()) + " rows");
    }
    nb::gil_scoped_release release;
    std::vector<Fr::Int> values(inputs.rows);
    for (std::size_t i = 0; i < inputs.rows; ++i) {
        values[i] = limbs_at(inputs.data + 4 * i);
        if (!Fr::is_canonical(values[i])) return false;
    }
    Proof proof;
    return load_point<G1>(row_a.data, proof.a) && load_point<G2>(row_b.data, proof.b) &&
           load_point<G1>(row_c.data, proof.c) && key.verify(proof, values.data());
}

void bind_verifying_key(nb::module_& m) {
    nb::class_<VerifyingKey>(m, "VerifyingKey")
        .def("__init__", [](VerifyingKey* self, nb::handle alpha1, nb::handle beta2,
                            nb::handle gamma2, nb::handle delta2, nb::handle ic) {
            const auto rows = view<u64>(ic, "ic", kRow<G1>);
            new (self) VerifyingKey(load_single<G1>(alpha1, "alpha1"), load_member(beta2, "beta2"),
                                    load_member(gamma2, "gamma2"), load_member(delta2, "delta2"),
                                    load_points<G1>(rows, "ic"));
        }, nb::arg("alpha1"), nb::arg("beta2"), nb::arg("gamma2"), nb::arg("delta2"),
             nb::arg("ic"))
        .def_prop_ro("n_public", &VerifyingKey::n_public)
        .def("verify", &verify, nb::arg("a"), nb::arg("b"), nb::arg("c"), nb::arg("public"))
        .def("verify_many", [](const VerifyingKey& key, nb::handle a, nb::handle b, nb::handle c,
                               nb::handle public_inputs, std::int64_t threads) {
            return verify_many(key, a, b, c, public_inputs, check_threads(threads), false);
        }, nb::arg("a"), nb::arg("b"), nb::arg("c"), nb::arg("public"), nb::arg("threads") = 1)
        .def("verify_many_naive", [](const VerifyingKey& key, nb::handle a, nb::handle b,
                                     nb::handle c, nb::handle public_inputs) {
            return verify_many(key, a, b, c, public_inputs, 1, true);
        }, nb::arg("a"), nb::arg("b"), nb::arg("c"), nb::arg("public"));
}

}  // namespace

void bind_groth16(nb::module_& m) {
    m.def("groth16_setup", [](const ConstraintSystem& r1cs, nb::handle toxic,
                              std::int64_t threads) {
        return setup(r1cs, toxic, check_threads(threads));
    }, nb::arg("r1cs"), nb::arg("toxic"), nb::arg("threads") = 1);
    bind_proving_key(m);
    bind_verifying_key(m);
}

}  // namespace zkc::py
