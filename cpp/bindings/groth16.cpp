#include "groth16/groth16.hpp"

#include "bindings/batch.hpp"
#include "bindings/points.hpp"

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

Affine<G2> load_member(nb::handle value, const char* name) {
    const Affine<G2> p = load_single<G2>(value, name);
    if (!in_subgroup(p)) refuse(name, "not in the subgroup");
    return p;
}

bool verify(const VerifyingKey& key, nb::handle a, nb::handle b, nb::handle c,
            nb::handle public_inputs, std::int64_t threads) {
    const unsigned workers = check_threads(threads);
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
           load_point<G1>(row_c.data, proof.c) && key.verify(proof, values.data(), workers);
}

/// proof: A, B and C as prove_bytes returns them.
bool verify_bytes(const VerifyingKey& key, nb::handle proof, nb::handle public_inputs,
                  std::int64_t threads) {
    const unsigned workers = check_threads(threads);
    const Bytes points = bytes(proof, "proof");
    const Bytes inputs = bytes(public_inputs, "public");
    if (points.size != 2 * sizeof(Affine<G1>) + sizeof(Affine<G2>)) {
        refuse("proof", "expected 256 bytes");
    }
    if (inputs.size != key.n_public() * sizeof(Fr::Int)) {
        refuse("public", "expected " + std::to_string(key.n_public()) + " values");
    }
    nb::gil_scoped_release release;
    std::vector<Fr::Int> values(key.n_public());
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = inputs.limbs(sizeof(Fr::Int) * i);
        if (!Fr::is_canonical(values[i])) return false;
    }
    std::array<u64, 2 * kRow<G1> + kRow<G2>> rows;
    std::memcpy(rows.data(), points.data, points.size);
    Proof loaded;
    return load_point<G1>(rows.data(), loaded.a) &&
           load_point<G2>(rows.data() + kRow<G1>, loaded.b) &&
           load_point<G1>(rows.data() + kRow<G1> + kRow<G2>, loaded.c) &&
           key.verify(loaded, values.data(), workers);
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
        .def("verify", &verify, nb::arg("a"), nb::arg("b"), nb::arg("c"), nb::arg("public"),
             nb::arg("threads") = 1)
        .def("verify_bytes", &verify_bytes, nb::arg("proof"), nb::arg("public"),
             nb::arg("threads") = 1)
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
    bind_verifying_key(m);
}

}  // namespace zkc::py
