// Prime fields in Montgomery form; a template argument holds the parameters.
//
// Encoding: a * 2^(64 N) mod p, held as any representative in [0, 2p) ("lazy": no final subtraction
// after a product). This is sound when 4p < 2^(64 N). Everything that leaves the class
// (to_canonical, to_montgomery, ==, is_zero) is independent of the representative.
// Product: operand scanning with the reduction merged in and no extra carry limb
// (Koc, Acar, Kaliski, "Analyzing and comparing Montgomery multiplication algorithms", 1996, CIOS;
// carry-free form for moduli with a spare top bit).
#pragma once

#include "field/limbs.hpp"

namespace zkc {

template <class P>
struct Field {
    static constexpr std::size_t N = P::modulus.size();
    using Params = P;
    using Int = Limbs<N>;

    Int v;  // representative in [0, 2p) of the Montgomery form

    static constexpr Field zero() { return {Int{}}; }
    static constexpr Field one() { return {P::one}; }

    /// From an integer below p.
    static Field from_canonical(const Int& a) { return Field{a} * Field{P::r2}; }
    static Field from_u64(u64 a) {
        Int t{};
        t[0] = a;
        return from_canonical(t);
    }
    /// From a Montgomery form below p.
    static Field from_montgomery(const Int& a) { return {a}; }
    static bool is_canonical(const Int& a) { return less(a, P::modulus); }

    /// The integer in [0, p).
    Int to_canonical() const {
        Int unit{};
        unit[0] = 1;
        return reduce_once((*this * Field{unit}).v);
    }
    /// The Montgomery form in [0, p).
    Int to_montgomery() const { return reduce_once(v); }

    friend ZKC_INLINE Field operator+(const Field& a, const Field& b) {
        Int s, t;
        add(s, a.v, b.v);
        const u64 below = -static_cast<u64>(sub(t, s, kTwiceP));
        return {select(below, s, t)};
    }
    friend ZKC_INLINE Field operator-(const Field& a, const Field& b) {
        Int d, t;
        const u64 below = -static_cast<u64>(sub(d, a.v, b.v));
        for (std::size_t i = 0; i < N; ++i) t[i] = kTwiceP[i] & below;
        add(d, d, t);
        return {d};
    }
    ZKC_INLINE Field operator-() const { return zero() - *this; }
    /// negate ? -x : x, without a branch.
    ZKC_INLINE Field with_sign(bool negate) const {
        return {select(-static_cast<u64>(negate), (-*this).v, v)};
    }
    friend ZKC_INLINE Field operator*(const Field& a, const Field& b) {
        Field out;
        product(out, a, b);
        return out;
    }
    Field& operator+=(const Field& b) { return *this = *this + b; }
    Field& operator-=(const Field& b) { return *this = *this - b; }
    Field& operator*=(const Field& b) { return *this = *this * b; }
    ZKC_INLINE Field twice() const { return *this + *this; }
    ZKC_INLINE Field square() const { return *this * *this; }

    bool is_zero() const { return zkc::is_zero(v) || v == P::modulus; }
    friend bool operator==(const Field& a, const Field& b) { return (a - b).is_zero(); }

    Field pow(const Int& exponent) const;
    /// The inverse; 0 -> 0.
    Field inverse() const;
    /// Slow twin of inverse: Fermat, a^(p-2).
    Field inverse_naive() const;

    // Not inlined, like every unit's product: inside a point addition gcc would spill more than the
    // call costs, and a call through the pointer costs no more than a direct one.
    static void multiply_portable(Field& out, const Field& a, const Field& b);

    /// The product in use. dispatch/dispatch.cpp sets it once, before any arithmetic.
    using Product = void (*)(Field& out, const Field& a, const Field& b);
    static Product product;

   private:
    static constexpr Int kTwiceP = doubled(P::modulus);

    static Int reduce_once(const Int& a) {
        Int t;
        const u64 below = -static_cast<u64>(sub(t, a, P::modulus));
        return select(below, a, t);
    }
};

}  // namespace zkc
