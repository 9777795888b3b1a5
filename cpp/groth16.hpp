// Groth16 (Groth, "On the size of pairing-based non-interactive arguments", EUROCRYPT 2016) with the
// key layout of iden3's .zkey files.
//
// QAP: with n the domain size and L_j the Lagrange polynomials of the n-th roots of unity,
//   A_i = sum_j a_ji L_j (and B_i, C_i); rows m..m+n_public of A are extra: A_s gets L_(m+s) for each
//   public wire s, which makes the public part of A independent.
// Key:  A1_i = A_i(tau) G1, B1_i and B2_i = B_i(tau) G1, G2,
//   IC_i = (beta A_i + alpha B_i + C_i)(tau) / gamma G1   for the public wires,
//   C_i  = (beta A_i + alpha B_i + C_i)(tau) / delta G1   for the others,
//   H_i  = L'_(2i+1)(tau) / delta G1, L' the Lagrange polynomials of the 2n-th roots of unity.
// The quotient is never formed: P = A B - C vanishes on the n-th roots, so
// P(tau) = sum_i P(w^(2i+1)) L'_(2i+1)(tau), and h(tau) Z(tau) / delta is an MSM over H.
#pragma once

#include <utility>

#include "fixed_sum.hpp"
#include "msm.hpp"
#include "ntt.hpp"
#include "pairing.hpp"
#include "r1cs.hpp"

namespace zkc {

struct Trapdoor {
    Fr tau, alpha, beta, gamma, delta;
};

struct SetupResult {
    Affine<G1> alpha1, beta1, delta1;
    Affine<G2> beta2, gamma2, delta2;
    std::vector<Affine<G1>> ic, a, b1, c, h;
    std::vector<Affine<G2>> b2;
};

/// log2 of the smallest power of two >= constraints + n_public + 1, at least 1.
/// Throws std::invalid_argument when it would exceed 27 (the odd coset needs one level more).
std::size_t domain_log_size(const ConstraintSystem& system);

/// Throws std::invalid_argument for a zero in the trapdoor or a tau inside the doubled domain.
SetupResult groth16_setup(const ConstraintSystem& system, const Trapdoor& trapdoor,
                          unsigned threads);

struct Proof {
    Affine<G1> a;
    Affine<G2> b;
    Affine<G1> c;
};

/// Points and QAP rows of a key, checked by whoever fills it (see bindings/groth16.cpp).
struct ProvingKey {
    std::size_t n_wires;
    std::size_t n_public;
    std::size_t log_domain;
    SparseMatrix a_rows, b_rows;  // domain-size rows each
    Affine<G1> alpha1, beta1, delta1;
    Affine<G2> beta2, delta2;
    std::vector<Affine<G1>> a, b1;
    std::vector<Affine<G2>> b2;
    std::vector<Affine<G1>> c_and_h;  // C, then H: one sum serves both

    std::size_t domain_size() const { return std::size_t{1} << log_domain; }

    /// witness: Montgomery forms, and the same numbers as canonical integers; r, s canonical.
    Proof prove(const Fr* witness, const Fr::Int* scalars, const Fr::Int& r, const Fr::Int& s,
                unsigned threads) const;

   private:
    void odd_coset_quotient(const Fr* witness, Fr::Int* out, unsigned threads) const;
};

class VerifyingKey {
   public:
    VerifyingKey(const Affine<G1>& alpha1, const Affine<G2>& beta2, const Affine<G2>& gamma2,
                 const Affine<G2>& delta2, const std::vector<Affine<G1>>& ic);

    std::size_t n_public() const { return ic_.size() - 1; }

    /// e(A, B) = e(alpha, beta) e(IC(public), gamma) e(C, delta), and B is in the subgroup; for
    /// points on their curves.
    bool verify(const Proof& proof, const Fr::Int* public_inputs) const;

    /// Indices, ascending, of the proofs that do not verify; n_public() inputs for each. A bad proof
    /// goes unnoticed with a chance of 2^-128.
    std::vector<std::uint32_t> find_invalid(const Proof* proofs, const Fr::Int* inputs,
                                            std::size_t n, unsigned threads) const;

    /// f = e(s_0 alpha, beta) e(s_0 IC_0 + s_1 IC_1 + ..., gamma) e(C, delta), f given before its
    /// final exponentiation.
    bool holds(const Fq12& f, const Fr* scalars, const Affine<G1>& c) const;

   private:
    FixedSum ic_;
    Affine<G1> alpha1_;
    Lines beta_, gamma_, delta_;
    Fq12 alpha_beta_;
};

}  // namespace zkc
