#include "groth16/groth16.hpp"

#include <algorithm>
#include <array>

#include "system/parallel.hpp"
#include "transform/lane_transform.hpp"
#include "transform/ntt.hpp"

namespace zkc {

void ProvingKey::odd_coset_quotient_lanes(const Fr::Int* witness, Fr::Int* out,
                                          unsigned threads) const {
    const lanes::Unit& unit = *LaneUnit::in_use;
    const std::size_t n = domain_size();
    const auto tables = LaneTransform::of(log_domain);
    LaneVector a(n, true), b(n, true), c(n, true);
    parallel_for(threads, 2, [&](std::size_t k) {
        (k == 0 ? a_rows : b_rows).lanes.times(witness, k == 0 ? a : b);
    });
    // Integers mod r stand for themselves here; each product brings a factor 2^-260, and the last
    // step removes it.
    unit.multiply_vectors(a.data(), b.data(), c.data(), n / 8);
    parallel_for(threads, 3, [&](std::size_t k) {
        LaneVector work(n, true);
        unit.to_odd_coset(tables->view(), (k == 0 ? a : k == 1 ? b : c).data(), work.data());
    });
    unit.quotient_rows(a.data(), b.data(), c.data(), out->data(), n / 8);
}

void ProvingKey::odd_coset_quotient(const Fr::Int* witness, Fr::Int* out, unsigned threads) const {
    if (LaneUnit::in_use != nullptr && log_domain >= lanes::kMinLogTransform) {
        odd_coset_quotient_lanes(witness, out, threads);
        return;
    }
    const std::size_t n = domain_size();
    SecretVector<Fr> wires(n_wires);
    for (std::size_t i = 0; i < n_wires; ++i) wires[i] = Fr::from_canonical(witness[i]);
    const auto tables = domain<Fr>(log_domain);
    std::array<SecretVector<Fr>, 3> values;
    for (auto& v : values) v.resize(n);
    SecretVector<Fr>& a = values[0];  // clang before 16 cannot capture structured bindings
    SecretVector<Fr>& b = values[1];
    SecretVector<Fr>& c = values[2];
    parallel_ranges(threads, n, 256, [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
            a[i] = a_rows.row_times(i, wires.data());
            b[i] = b_rows.row_times(i, wires.data());
            c[i] = a[i] * b[i];
        }
    });
    // shift[i] = g^i / n with g the 2n-th root: evaluations on the roots to those on the odd coset.
    std::vector<Fr> shift(n);
    const Fr root = root_of_unity<Fr>(log_domain + 1);
    Fr power = tables->size_inverse();
    for (std::size_t i = 0; i < n; ++i) {
        shift[reverse_bits(i, log_domain)] = power;
        power *= root;
    }
    for (auto& v : values) {
        tables->frequency_pass(v.data(), true, threads);
        parallel_ranges(threads, n, 1024, [&](std::size_t from, std::size_t to) {
            for (std::size_t i = from; i < to; ++i) v[i] *= shift[i];
        });
        tables->time_pass(v.data(), false, threads);
    }
    for (std::size_t i = 0; i < n; ++i) out[i] = (a[i] * b[i] - c[i]).to_canonical();
}

Proof ProvingKey::prove(const Fr::Int* witness, const Fr::Int& r, const Fr::Int& s,
                        unsigned threads) const {
    const std::size_t n_private = n_wires - n_public - 1;
    SecretVector<Fr::Int> tail(n_private + domain_size());
    std::copy(witness + n_public + 1, witness + n_wires, tail.begin());
    Secret<KeySums> sums;
    bool first;
    if (const auto ready = tables_for_proof(first, threads)) {
        const KeyDigits digits = table_sums(*ready, witness, tail, sums.value, threads);
        if (!first) grow_tables(*ready, digits, threads);
    } else {
        plain_sums(witness, tail, sums.value, threads);
    }

    // A = alpha + sum_a + r delta;  B = beta + sum_b + s delta, in both groups.
    Secret<Xyzz<G1>> proof_a(sums.value.a + multiply(delta1, r));
    proof_a.value.add(alpha1);
    Secret<Xyzz<G1>> proof_b1(sums.value.b1 + multiply(delta1, s));
    proof_b1.value.add(beta1);
    Secret<Xyzz<G2>> proof_b2(sums.value.b2 + multiply(delta2, s));
    proof_b2.value.add(beta2);
    // C = sum_c + sum_h + s A + r B - r s delta.
    const Affine<G1> a_affine = proof_a.value.to_affine();
    const Secret<Affine<G1>> b1_affine(proof_b1.value.to_affine());
    const Secret<Fr::Int> minus_rs(
        (-(Fr::from_canonical(r) * Fr::from_canonical(s))).to_canonical());
    const Secret<Xyzz<G1>> proof_c(sums.value.tail + multiply(a_affine, s) +
                                   multiply(b1_affine.value, r) +
                                   multiply(delta1, minus_rs.value));
    return {a_affine, proof_b2.value.to_affine(), proof_c.value.to_affine()};
}

}  // namespace zkc
