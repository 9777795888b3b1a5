// Proving keys: from arrays, and from the sections of a .zkey.
#include <nanobind/stl/optional.h>

#include <bit>

#include "bindings/files.hpp"
#include "bindings/points.hpp"
#include "bindings/programs.hpp"
#include "field/random.hpp"
#include "groth16/groth16.hpp"

namespace zkc::py {

namespace {

/// Coefficients as columns.
struct Columns {
    View<std::uint32_t> matrices, rows, wires;
    View<u64> values;

    std::size_t size() const { return matrices.rows; }
    std::uint32_t matrix(std::size_t i) const { return matrices.data[i]; }
    std::uint32_t row(std::size_t i) const { return rows.data[i]; }
    std::uint32_t wire(std::size_t i) const { return wires.data[i]; }
    bool has_canonical_value(std::size_t i) const {
        return Fr::is_canonical(limbs_at(values.data + 4 * i));
    }
    Fr value(std::size_t i) const { return Fr::from_canonical(limbs_at(values.data + 4 * i)); }
};

/// Sorts the coefficients of one matrix into rows.
template <class Coefficients>
SparseMatrix rows_of(std::uint32_t which, const Coefficients& from, std::size_t n_rows) {
    SparseMatrix out;
    out.row_start.assign(n_rows + 1, 0);
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from.matrix(i) == which) ++out.row_start[from.row(i) + 1];
    }
    for (std::size_t i = 0; i < n_rows; ++i) out.row_start[i + 1] += out.row_start[i];
    std::vector<std::uint32_t> next(out.row_start.begin(), out.row_start.end() - 1);
    out.wires.resize(out.row_start.back());
    out.coefficients.resize(out.row_start.back());
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from.matrix(i) != which) continue;
        const std::size_t at = next[from.row(i)]++;
        out.wires[at] = from.wire(i);
        out.coefficients[at] = from.value(i);
    }
    out.prepare();
    return out;
}

template <class Coefficients>
void load_rows(ProvingKey& key, const Coefficients& from, unsigned threads) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from.matrix(i) > 1) refuse("coeffs.matrix", "expected 0 or 1");
        if (from.row(i) >= key.domain_size()) refuse("coeffs.row", "row outside the domain");
        if (from.wire(i) >= key.n_wires) refuse("coeffs.wire", "wire index out of range");
        if (!from.has_canonical_value(i)) {
            refuse("coeffs.value", "element " + std::to_string(i) + " is not below the modulus");
        }
    }
    parallel_for(threads, 2, [&](std::size_t k) {
        (k == 0 ? key.a_rows : key.b_rows) =
            rows_of(static_cast<std::uint32_t>(k), from, key.domain_size());
    });
}

Columns columns(const nb::tuple& coeffs) {
    if (coeffs.size() != 4) refuse("coeffs", "expected (matrix, row, wire, value)");
    Columns out{view<std::uint32_t>(coeffs[0], "coeffs.matrix", 0),
                view<std::uint32_t>(coeffs[1], "coeffs.row", 0),
                view<std::uint32_t>(coeffs[2], "coeffs.wire", 0),
                view<u64>(coeffs[3], "coeffs.value", 4)};
    if (out.rows.rows != out.size() || out.wires.rows != out.size() ||
        out.values.rows != out.size()) {
        refuse("coeffs", "the four arrays differ in length");
    }
    return out;
}

template <class G>
std::vector<Affine<G>> load_section(nb::handle points, const char* name, std::size_t count,
                                    unsigned threads) {
    const auto rows = view<u64>(points, name, kRow<G>);
    if (rows.rows != count) refuse(name, "expected " + std::to_string(count) + " points");
    nb::gil_scoped_release release;
    return load_points<G>(rows, name, threads);
}

template <class G>
std::vector<Affine<G>> load_stored_section(nb::handle points, const char* name, std::size_t count,
                                           unsigned threads) {
    const Bytes stored = bytes(points, name);
    if (stored.size != count * sizeof(Affine<G>)) {
        refuse(name, "expected " + std::to_string(count) + " points");
    }
    nb::gil_scoped_release release;
    std::vector<Affine<G>> out;
    const std::size_t bad = load_each<G>(out, count, threads, [&](std::size_t i, Affine<G>& p) {
        return load_stored_point<G>(stored.data + sizeof(Affine<G>) * i, p);
    });
    if (bad < count) {
        refuse(name, "point " + std::to_string(bad) + " is not canonical or not on the curve");
    }
    return out;
}

template <class G>
Affine<G> load_stored_single(nb::handle point, const char* name) {
    return load_stored_section<G>(point, name, 1, 1)[0];
}

ProvingKey empty_key(std::int64_t n_wires, std::int64_t n_public, std::int64_t domain_size) {
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
    return key;
}

template <class G>
void append(std::vector<Affine<G>>& out, const std::vector<Affine<G>>& more) {
    out.insert(out.end(), more.begin(), more.end());
}

ProvingKey load_proving_key(std::int64_t n_wires, std::int64_t n_public, std::int64_t domain_size,
                            const nb::tuple& coeffs, nb::handle alpha1, nb::handle beta1,
                            nb::handle beta2, nb::handle delta1, nb::handle delta2, nb::handle a,
                            nb::handle b1, nb::handle b2, nb::handle c, nb::handle h,
                            unsigned threads) {
    ProvingKey key = empty_key(n_wires, n_public, domain_size);
    key.alpha1 = load_single<G1>(alpha1, "alpha1");
    key.beta1 = load_single<G1>(beta1, "beta1");
    key.beta2 = load_single<G2>(beta2, "beta2");
    key.delta1 = load_single<G1>(delta1, "delta1");
    key.delta2 = load_single<G2>(delta2, "delta2");
    key.a = load_section<G1>(a, "a", key.n_wires, threads);
    key.b1 = load_section<G1>(b1, "b1", key.n_wires, threads);
    key.b2 = load_section<G2>(b2, "b2", key.n_wires, threads);
    key.c_and_h = load_section<G1>(c, "c", key.n_wires - key.n_public - 1, threads);
    append(key.c_and_h, load_section<G1>(h, "h", key.domain_size(), threads));
    const Columns from = columns(coeffs);
    nb::gil_scoped_release release;
    load_rows(key, from, threads);  // last: it allocates by the domain size, now checked
    return key;
}

ProvingKey load_stored_proving_key(std::int64_t n_wires, std::int64_t n_public,
                                   std::int64_t domain_size, nb::handle coeffs, nb::handle alpha1,
                                   nb::handle beta1, nb::handle beta2, nb::handle delta1,
                                   nb::handle delta2, nb::handle a, nb::handle b1, nb::handle b2,
                                   nb::handle c, nb::handle h, unsigned threads) {
    ProvingKey key = empty_key(n_wires, n_public, domain_size);
    key.alpha1 = load_stored_single<G1>(alpha1, "alpha1");
    key.beta1 = load_stored_single<G1>(beta1, "beta1");
    key.beta2 = load_stored_single<G2>(beta2, "beta2");
    key.delta1 = load_stored_single<G1>(delta1, "delta1");
    key.delta2 = load_stored_single<G2>(delta2, "delta2");
    key.a = load_stored_section<G1>(a, "a", key.n_wires, threads);
    key.b1 = load_stored_section<G1>(b1, "b1", key.n_wires, threads);
    key.b2 = load_stored_section<G2>(b2, "b2", key.n_wires, threads);
    key.c_and_h = load_stored_section<G1>(c, "c", key.n_wires - key.n_public - 1, threads);
    append(key.c_and_h, load_stored_section<G1>(h, "h", key.domain_size(), threads));
    const StoredCoefficients from(coeffs);
    nb::gil_scoped_release release;
    load_rows(key, from, threads);
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

/// The proof's canonical coordinates: A, B, C, 256 bytes.
nb::bytes make_stored_proof(const ProvingKey& key, const Bytes& witness, unsigned threads) {
    if (witness.size != key.n_wires * sizeof(Fr::Int)) {
        refuse("witness", "expected " + std::to_string(key.n_wires) + " values");
    }
    std::string out;
    {
        nb::gil_scoped_release release;
        SecretVector<Fr::Int> values(key.n_wires);
        std::memcpy(values.data(), witness.data, witness.size);
        require_witness(values);
        Secret<Fr::Int> r, s;
        random_nonzero<Fr>(r.value);
        random_nonzero<Fr>(s.value);
        const Proof proof = key.prove(values.data(), r.value, s.value, threads);
        append_point(out, proof.a);
        append_point(out, proof.b);
        append_point(out, proof.c);
    }
    return nb::bytes(out.data(), out.size());
}

void load_blinding(nb::handle value, const char* name, Fr::Int& out) {
    const auto v = element(value, name, 4);
    out = limbs_at(v.data);
    if (!Fr::is_canonical(out) || is_zero(out)) refuse(name, "expected 1 to r - 1");
}

}  // namespace

void bind_proving_keys(nb::module_& m) {
    nb::class_<ProvingKey>(m, "ProvingKey")
        .def("__init__", [](ProvingKey* self, std::int64_t n_wires, std::int64_t n_public,
                            std::int64_t domain_size, const nb::tuple& coeffs, nb::handle alpha1,
                            nb::handle beta1, nb::handle beta2, nb::handle delta1,
                            nb::handle delta2, nb::handle a, nb::handle b1, nb::handle b2,
                            nb::handle c, nb::handle h, std::int64_t threads) {
            new (self) ProvingKey(load_proving_key(n_wires, n_public, domain_size, coeffs, alpha1,
                                                   beta1, beta2, delta1, delta2, a, b1, b2, c, h,
                                                   check_threads(threads)));
        }, nb::arg("n_wires"), nb::arg("n_public"), nb::arg("domain_size"), nb::arg("coeffs"),
             nb::arg("alpha1"), nb::arg("beta1"), nb::arg("beta2"), nb::arg("delta1"),
             nb::arg("delta2"), nb::arg("a"), nb::arg("b1"), nb::arg("b2"), nb::arg("c"),
             nb::arg("h"), nb::arg("threads") = 1)
        .def_static("from_file", [](std::int64_t n_wires, std::int64_t n_public,
                                    std::int64_t domain_size, nb::handle coeffs, nb::handle alpha1,
                                    nb::handle beta1, nb::handle beta2, nb::handle delta1,
                                    nb::handle delta2, nb::handle a, nb::handle b1, nb::handle b2,
                                    nb::handle c, nb::handle h, std::int64_t threads) {
            return load_stored_proving_key(n_wires, n_public, domain_size, coeffs, alpha1, beta1,
                                           beta2, delta1, delta2, a, b1, b2, c, h,
                                           check_threads(threads));
        }, nb::arg("n_wires"), nb::arg("n_public"), nb::arg("domain_size"), nb::arg("coeffs"),
             nb::arg("alpha1"), nb::arg("beta1"), nb::arg("beta2"), nb::arg("delta1"),
             nb::arg("delta2"), nb::arg("a"), nb::arg("b1"), nb::arg("b2"), nb::arg("c"),
             nb::arg("h"), nb::arg("threads") = 1)
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
        .def("prove_bytes", [](const ProvingKey& key, nb::handle witness, std::int64_t threads) {
            return make_stored_proof(key, bytes(witness, "witness"), check_threads(threads));
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

}  // namespace zkc::py
