// Extension tower F_q2 < F_q6 < F_q12; the curve's card (bn254.hpp) defines u, v, w and xi.
//
// Karatsuba products in the quadratic steps, Toom-like three-term products in the cubic one
// (Devegili, O hEigeartaigh, Scott, Dahab, "Multiplication and squaring on pairing-friendly fields",
// eprint 2006/471, sections 3 and 4).
#pragma once

#include <array>

#include "field/bn254.hpp"

namespace zkc {

/// F_q[u] / (u^2 + 1).
struct Fq2 {
    Fq c0, c1;

    static constexpr Fq2 zero() { return {Fq::zero(), Fq::zero()}; }
    static constexpr Fq2 one() { return {Fq::one(), Fq::zero()}; }
    static Fq2 from_u64(u64 a, u64 b) { return {Fq::from_u64(a), Fq::from_u64(b)}; }
    /// The non-residue that defines the cubic and quadratic steps above: 9 + u.
    static Fq2 xi() { return from_u64(9, 1); }

    friend ZKC_INLINE Fq2 operator+(const Fq2& a, const Fq2& b) {
        return {a.c0 + b.c0, a.c1 + b.c1};
    }
    friend ZKC_INLINE Fq2 operator-(const Fq2& a, const Fq2& b) {
        return {a.c0 - b.c0, a.c1 - b.c1};
    }
    ZKC_INLINE Fq2 operator-() const { return {-c0, -c1}; }
    ZKC_INLINE Fq2 with_sign(bool negate) const {
        return {c0.with_sign(negate), c1.with_sign(negate)};
    }
    friend Fq2 operator*(const Fq2& a, const Fq2& b);
    friend Fq2 operator*(const Fq2& a, const Fq& b) { return {a.c0 * b, a.c1 * b}; }
    Fq2& operator+=(const Fq2& b) { return *this = *this + b; }
    Fq2& operator-=(const Fq2& b) { return *this = *this - b; }
    Fq2& operator*=(const Fq2& b) { return *this = *this * b; }
    ZKC_INLINE Fq2 twice() const { return *this + *this; }
    Fq2 square() const;
    /// The q-power Frobenius.
    Fq2 conjugate() const { return {c0, -c1}; }
    Fq2 times_xi() const;
    bool is_zero() const { return c0.is_zero() && c1.is_zero(); }
    friend bool operator==(const Fq2& a, const Fq2& b) { return a.c0 == b.c0 && a.c1 == b.c1; }
    /// The inverse; 0 -> 0.
    Fq2 inverse() const;
    Fq2 pow(const Fq::Int& exponent) const;
};

/// F_q2[v] / (v^3 - xi).
struct Fq6 {
    Fq2 c0, c1, c2;

    static constexpr Fq6 zero() { return {Fq2::zero(), Fq2::zero(), Fq2::zero()}; }
    static constexpr Fq6 one() { return {Fq2::one(), Fq2::zero(), Fq2::zero()}; }

    friend Fq6 operator+(const Fq6& a, const Fq6& b) {
        return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
    }
    friend Fq6 operator-(const Fq6& a, const Fq6& b) {
        return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
    }
    Fq6 operator-() const { return {-c0, -c1, -c2}; }
    friend Fq6 operator*(const Fq6& a, const Fq6& b);
    friend Fq6 operator*(const Fq6& a, const Fq2& b) { return {a.c0 * b, a.c1 * b, a.c2 * b}; }
    /// Times b0 + b1 v.
    Fq6 times_sparse(const Fq2& b0, const Fq2& b1) const;
    Fq6 times_v() const { return {c2.times_xi(), c0, c1}; }
    bool is_zero() const { return c0.is_zero() && c1.is_zero() && c2.is_zero(); }
    friend bool operator==(const Fq6& a, const Fq6& b) {
        return a.c0 == b.c0 && a.c1 == b.c1 && a.c2 == b.c2;
    }
    Fq6 inverse() const;
};

/// F_q6[w] / (w^2 - v).
struct Fq12 {
    Fq6 c0, c1;

    static constexpr Fq12 one() { return {Fq6::one(), Fq6::zero()}; }

    friend Fq12 operator*(const Fq12& a, const Fq12& b);
    Fq12& operator*=(const Fq12& b) { return *this = *this * b; }
    Fq12 square() const;
    /// The q^6-power Frobenius; the inverse in the cyclotomic subgroup.
    Fq12 conjugate() const { return {c0, -c1}; }
    Fq12 inverse() const;
    bool is_one() const { return c0 == Fq6::one() && c1.is_zero(); }
    friend bool operator==(const Fq12& a, const Fq12& b) { return a.c0 == b.c0 && a.c1 == b.c1; }

    /// Times b0 + b3 w + b4 w v, the shape of a line at a point of a D-twist.
    Fq12 times_line(const Fq2& b0, const Fq2& b3, const Fq2& b4) const;

    /// Times 1 + b3 w + b4 w v.
    Fq12 times_unit_line(const Fq2& b3, const Fq2& b4) const;

    /// Squaring in the cyclotomic subgroup (Granger and Scott, eprint 2009/565, section 3.2).
    Fq12 cyclotomic_square() const;

    /// The q^power Frobenius, power 1, 2 or 3.
    Fq12 frobenius(unsigned power) const;
};

/// xi^(k (q^power - 1) / 6) for k = 0..5: how Frobenius scales w^k.
struct FrobeniusTable {
    std::array<std::array<Fq2, 6>, 4> gamma;

    FrobeniusTable();
    static const FrobeniusTable& get();
};

}  // namespace zkc
