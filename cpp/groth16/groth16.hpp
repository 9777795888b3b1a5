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

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "msm/fixed_sum.hpp"
#include "msm/table.hpp"
#include "pairing/pairing.hpp"
#include "witness/r1cs.hpp"

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

/// Window tables of a key's sections. A, B1 and B2 share their shape, so that they share digits.
struct KeyTables {
    std::shared_ptr<const WindowTable<G1>> a, b1, tail;
    std::shared_ptr<const WindowTable<G2>> b2;

    std::size_t bytes() const { return a->bytes() + b1->bytes() + b2->bytes() + tail->bytes(); }
};

struct KeyShapes {
    WindowShape wires, tail;
    bool operator==(const KeyShapes&) const = default;
};

/// How many digits the sums of a proof had.
struct KeyDigits {
    u64 wires, tail;
};

/// Larger tables that are not complete yet.
struct GrowingTables {
    std::size_t stage = 0;          // of ProvingKey::kStages
    KeyShapes shapes{};             // once `known`
    bool known = false, begun = false;
    u64 cost = 0, missed = 0;       // additions: to build them; that they would have saved so far
    u64 unspent = 0;                // additions, too few for a step
    std::shared_ptr<WindowTable<G1>> tail, a, b1;
    std::shared_ptr<WindowTable<G2>> b2;
};

/// The tables in use. They are replaced as a whole; proofs that already run keep the old ones.
class TableHolder {
   public:
    std::shared_ptr<const KeyTables> get() const {
        const std::lock_guard<std::mutex> guard(lock_);
        return tables_;
    }
    void set(std::shared_ptr<const KeyTables> tables) {
        const std::lock_guard<std::mutex> guard(lock_);
        tables_ = std::move(tables);
    }
    std::mutex building;    // held by whoever builds tables, and for what follows
    GrowingTables growing;
    bool settled = false;  // the tables are as large as they get, or the caller chose their size

   private:
    mutable std::mutex lock_;
    std::shared_ptr<const KeyTables> tables_;
};

/// The four sums of a proof.
struct KeySums {
    Xyzz<G1> a, b1, tail;
    Xyzz<G2> b2;
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

    std::shared_ptr<TableHolder> tables = std::make_shared<TableHolder>();

    std::size_t domain_size() const { return std::size_t{1} << log_domain; }

    /// Builds window tables of at most about `budget` bytes at once; if the budget is too small, the
    /// smallest tables, which have one point per base. Later proofs do not change them.
    void prepare(std::size_t budget, unsigned threads) const;
    std::size_t table_bytes() const;  // 0 before the first proof

    /// Enough for all windows up to about 16,000 wires.
    static constexpr std::size_t kDefaultBudget = std::size_t{128} << 20;

    /// A B - C on the odd 2n-th roots of unity, canonical: the scalars of H. out: domain_size().
    void odd_coset_quotient(const Fr::Int* witness, Fr::Int* out, unsigned threads) const;

    /// witness, r, s: canonical.
    Proof prove(const Fr::Int* witness, const Fr::Int& r, const Fr::Int& s, unsigned threads) const;

   private:
    static constexpr u64 kShareOfGrowth = 8;          // one addition in so many goes into tables
    static constexpr std::size_t kStages = 2;         // tables of a few multiples, then the default
    static constexpr std::size_t kFewMultiples = 4;
    static constexpr std::size_t kFewWires = 64;       // so few are not worth batches
    static constexpr std::size_t kSerialDomain = 14;  // larger quotients use all threads first

    void odd_coset_quotient_lanes(const Fr::Int* witness, Fr::Int* out, unsigned threads) const;
    /// Fills tail (C's scalars, then the quotient) and sums the sections.
    void plain_sums(const Fr::Int* witness, SecretVector<Fr::Int>& tail, KeySums& out,
                    unsigned threads) const;
    KeyDigits table_sums(const KeyTables& tables, const Fr::Int* witness, SecretVector<Fr::Int>& tail,
                         KeySums& out, unsigned threads) const;
    std::size_t bytes_of_one_multiple() const;
    std::size_t budget_of_few_multiples() const;
    KeyShapes shapes(std::size_t budget) const;
    std::shared_ptr<const KeyTables> make_tables(std::size_t budget, unsigned threads) const;
    /// Null for keys that are too small for tables. `first` says that no proof came before.
    std::shared_ptr<const KeyTables> tables_for_proof(bool& first, unsigned threads) const;
    /// Works at larger tables, after a proof that had so many digits in `used`.
    void grow_tables(const KeyTables& used, const KeyDigits& digits, unsigned threads) const;
    void finish_stage() const;
    /// True when all are complete, and in use.
    bool grow_table_by_table(GrowingTables& growing, unsigned threads) const;
};

class VerifyingKey {
   public:
    VerifyingKey(const Affine<G1>& alpha1, const Affine<G2>& beta2, const Affine<G2>& gamma2,
                 const Affine<G2>& delta2, const std::vector<Affine<G1>>& ic);

    std::size_t n_public() const { return ic_.size() - 1; }

    /// Whether e(A, B) = e(alpha, beta) e(IC(public), gamma) e(C, delta) and B is in the subgroup.
    /// The points must be on their curves. Two threads halve the Miller loop; more do not help.
    bool verify(const Proof& proof, const Fr::Int* public_inputs, unsigned threads) const;

    /// The indices, in ascending order, of the proofs that do not verify. Each proof has n_public()
    /// inputs. A bad proof goes unnoticed with probability 2^-128.
    std::vector<std::uint32_t> find_invalid(const Proof* proofs, const Fr::Int* inputs,
                                            std::size_t n, unsigned threads) const;

    /// Whether f = e(s_0 alpha, beta) e(s_0 IC_0 + s_1 IC_1 + ..., gamma) e(C, delta). The caller
    /// passes f before its final exponentiation.
    bool holds(const Fq12& f, const Fr* scalars, const Affine<G1>& c) const;

   private:
    FixedSum ic_;
    Affine<G1> alpha1_;
    UnitLines beta_, gamma_, delta_;
    Fq12 alpha_beta_;
};

}  // namespace zkc
