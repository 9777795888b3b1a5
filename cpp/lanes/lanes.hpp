// Eight field elements at once: 5 limbs of 52 bits, Montgomery form with R = 2^260.
//
// For the files of units with vectors only: everything is in an anonymous namespace, because a copy
// that the linker shared with other files would not run on other processors. A unit brings its
// vector type V (ifma/vector.hpp, avx2/vector.hpp) with its multiply-accumulate; the algorithms
// stand here, in points.hpp and in vectors.hpp once for all units.
//
// Bounds. `Lanes` holds integers below 2^260 = 84.6 p; p stands for q or r. Limbs are "tidy" if
// each is below 2^52; otherwise they are 64-bit sums of a few tidy limbs, of which only the top one
// may be negative when carries are taken: `multiple` lends to each limb from the next one above, so
// that a difference plus a multiple has no negative limb below the top.
//   factor(v):     v tidy and at most 16p; what products take (for some units, another form).
//   product(x, y): result tidy and below xy / 2^260 + 2p. For inputs whose product is
//                  below 42 p^2 that is below 2.5 p; 16p times 16p still fits the limbs.
//   reduced(v):    v in [2^214, 16p), or tidy sums below 16p; result tidy and below 2.13 p.
//   tidy(v):       v in [0, 2^260); the same integer. Carries run in sequence: a carry may ripple
//                  through every limb, and extracting them side by side is wrong on such inputs.
// Product: Montgomery with p' = -1 in rounds 1 to 4. With mu = -1/p mod 2^52 and
// M = (p mu + 1) / 2^52, adding t0 p mu to t clears its low limb t0 and (t + t0 p mu) / 2^52 is
// floor(t / 2^52) + t0 M, so the quotient is never multiplied out.
//
// V::add_row(t0..t5, x, y) adds the product of one limb and five to the columns t0..t5, plus
// constants of its own that are multiples of 2^52. V::start<K>(c) is the value with which column c
// of a sum of K products begins, so that the constants of all its rows cancel before a carry reads
// the column.
#pragma once

#include <cstddef>
#include <cstdint>
#ifndef NDEBUG
#include <cstdlib>
#endif

#define ZKC_ALWAYS __attribute__((always_inline))
#define ZKC_LANES inline ZKC_ALWAYS
#ifndef ZKC_PRODUCT  // a unit whose products are long keeps them out of line
#define ZKC_PRODUCT ZKC_LANES
#endif

namespace zkc::lanes {
namespace {

using u64 = std::uint64_t;
using u128 = unsigned __int128;

constexpr u64 kMask = (u64{1} << 52) - 1;

struct Digits {
    u64 limb[5];
};

constexpr Digits split(const u64 (&v)[4]) {
    return {{v[0] & kMask, (v[0] >> 52 | v[1] << 12) & kMask, (v[1] >> 40 | v[2] << 24) & kMask,
             (v[2] >> 28 | v[3] << 36) & kMask, v[3] >> 16}};
}

constexpr Digits times(const Digits& a, u64 k) {
    Digits out{};
    u128 carry = 0;
    for (int i = 0; i < 5; ++i) {
        carry += static_cast<u128>(a.limb[i]) * k;
        out.limb[i] = static_cast<u64>(carry) & kMask;
        carry >>= 52;
    }
    return out;
}

/// -1/p mod 2^52 by Newton's iteration.
constexpr u64 minus_inverse(u64 p) {
    u64 x = 1;
    for (int i = 0; i < 6; ++i) x *= 2 - p * x;
    return (0 - x) & kMask;
}

/// (p mu + 1) / 2^52.
constexpr Digits round_factor(const Digits& p) {
    const u64 mu = minus_inverse(p.limb[0]);
    Digits out{};
    u128 carry = 1;
    for (int i = 0; i < 5; ++i) {
        carry += static_cast<u128>(p.limb[i]) * mu;
        if (i > 0) out.limb[i - 1] = static_cast<u64>(carry) & kMask;
        carry >>= 52;
    }
    out.limb[4] = static_cast<u64>(carry);
    return out;
}

/// The same integer plus or minus k p, in limbs that stay non-negative when sixteen numbers with
/// tidy limbs are subtracted from them, except the top one.
constexpr Digits lending(const Digits& kp, bool negative) {
    constexpr u64 lent = 16;
    Digits out{};
    for (int i = 0; i < 5; ++i) {
        const u64 zero = (i < 4 ? lent << 52 : 0) - (i > 0 ? lent : 0);
        out.limb[i] = negative ? zero - kp.limb[i] : zero + kp.limb[i];
    }
    return out;
}

/// Limb by limb, - k * 2p for k = 0..7.
struct Multiples {
    alignas(64) u64 limb[5][8];
};

constexpr Multiples even_multiples(const Digits& p) {
    Multiples out{};
    for (u64 k = 0; k < 8; ++k) {
        const Digits d = lending(times(p, 2 * k), true);
        for (int i = 0; i < 5; ++i) out.limb[i][k] = d.limb[i];
    }
    return out;
}

template <class P>
struct Card {
    static constexpr Digits p = split(P::modulus);
    static constexpr Digits m = round_factor(p);
    static constexpr u64 mu = minus_inverse(p.limb[0]);
    static constexpr Multiples even = even_multiples(p);
    static constexpr Digits kp[9] = {times(p, 0), times(p, 1), times(p, 2), times(p, 3),
                                     times(p, 4), times(p, 5), times(p, 6), times(p, 7),
                                     times(p, 8)};
};

struct QModulus {
    static constexpr u64 modulus[4] = {0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d,
                                       0x30644e72e131a029};
    /// 2^260 mod q.
    static constexpr u64 one[4] = {0x45520880f6fce4b4, 0x49890849baa989a8, 0x85a9201d818f014a,
                                   0x1f16424e1bb7724f};
};

struct RModulus {
    static constexpr u64 modulus[4] = {0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d,
                                       0x30644e72e131a029};
    /// 2^520 mod r.
    static constexpr u64 r2[4] = {0xce30b852d16da6f5, 0x43ffb6c621620cdd, 0x5e103e7c2af1b953,
                                  0x0281528fa122c3c1};
};

/// Digits as a vector each.
template <class V>
struct Lanes {
    typename V::Z a, b, c, d, e;  // low limb first
};

/// A number in the form that products take.
template <class V>
struct Factor {
    typename V::F a, b, c, d, e;
};

template <class V>
ZKC_LANES Lanes<V> same(const Digits& v) {
    return {V::same(v.limb[0]), V::same(v.limb[1]), V::same(v.limb[2]), V::same(v.limb[3]),
            V::same(v.limb[4])};
}

template <class V>
ZKC_LANES Lanes<V> nothing() {
    return {V::zero(), V::zero(), V::zero(), V::zero(), V::zero()};
}

/// Debug builds stop if a limb is not tidy or the number exceeds the bound of 16p.
template <class P, class V>
ZKC_LANES Factor<V> factor(const Lanes<V>& x) {
#ifndef NDEBUG
    const auto low = V::either(V::either(x.a, x.b), V::either(x.c, x.d));
    if (!V::all_at_most(low, kMask)) std::abort();
    if (!V::all_at_most(x.e, 16 * (Card<P>::p.limb[4] + 1))) std::abort();
#endif
    return {V::factor(x.a), V::factor(x.b), V::factor(x.c), V::factor(x.d), V::factor(x.e)};
}

template <class V>
ZKC_LANES Lanes<V> operator+(const Lanes<V>& x, const Lanes<V>& y) {
    return {V::plus(x.a, y.a), V::plus(x.b, y.b), V::plus(x.c, y.c), V::plus(x.d, y.d),
            V::plus(x.e, y.e)};
}
template <class V>
ZKC_LANES Lanes<V> operator-(const Lanes<V>& x, const Lanes<V>& y) {
    return {V::minus(x.a, y.a), V::minus(x.b, y.b), V::minus(x.c, y.c), V::minus(x.d, y.d),
            V::minus(x.e, y.e)};
}

template <class V>
ZKC_LANES Lanes<V> tidy(Lanes<V> v) {
    v.b = V::plus(v.b, V::template right<52>(v.a));
    v.a = V::low52(v.a);
    v.c = V::plus(v.c, V::template right<52>(v.b));
    v.b = V::low52(v.b);
    v.d = V::plus(v.d, V::template right<52>(v.c));
    v.c = V::low52(v.c);
    v.e = V::plus(v.e, V::template right<52>(v.d));
    v.d = V::low52(v.d);
    return v;
}

/// k p, not tidy: for differences.
template <class V, class P, int K>
ZKC_LANES Lanes<V> multiple() {
    static constexpr Digits value = lending(times(Card<P>::p, K < 0 ? -K : K), K < 0);
    return same<V>(value);
}

template <class V>
ZKC_LANES Lanes<V> load(const u64* at) {
    return {V::load(at), V::load(at + 8), V::load(at + 16), V::load(at + 24), V::load(at + 32)};
}
template <class V>
ZKC_LANES void save(u64* at, const Lanes<V>& v) {
    V::store(at, v.a);
    V::store(at + 8, v.b);
    V::store(at + 16, v.c);
    V::store(at + 24, v.d);
    V::store(at + 32, v.e);
}
/// A factor's words have a meaning only for `load_factor`.
template <class V>
ZKC_LANES Factor<V> load_factor(const u64* at) {
    return {V::load_factor(at), V::load_factor(at + 8), V::load_factor(at + 16),
            V::load_factor(at + 24), V::load_factor(at + 32)};
}
template <class V>
ZKC_LANES void save(u64* at, const Factor<V>& v) {
    V::store_factor(at, v.a);
    V::store_factor(at + 8, v.b);
    V::store_factor(at + 16, v.c);
    V::store_factor(at + 24, v.d);
    V::store_factor(at + 32, v.e);
}

template <class P, class V>
ZKC_LANES Lanes<V> reduced(const Lanes<V>& v) {
    // floor(42 v.e / 2^52) is v / 2p, at most 0.8 % too small: 2^52 / (2p / 2^208) = 42.3.
    const auto at = V::entry(v.e);
    return tidy<V>({V::plus(v.a, V::template entry_of<Card<P>::even, 0>(at)),
                    V::plus(v.b, V::template entry_of<Card<P>::even, 1>(at)),
                    V::plus(v.c, V::template entry_of<Card<P>::even, 2>(at)),
                    V::plus(v.d, V::template entry_of<Card<P>::even, 3>(at)),
                    V::plus(v.e, V::template entry_of<Card<P>::even, 4>(at))});
}

/// Six 64-bit accumulators; each sums at most some thirty 52-bit numbers.
template <class V>
struct Sum {
    typename V::Z t0, t1, t2, t3, t4, t5;
};

template <class V>
ZKC_LANES void add_row(Sum<V>& s, const typename V::F& x, const Factor<V>& y) {
    V::add_row(s.t0, s.t1, s.t2, s.t3, s.t4, s.t5, x, y);
}

/// The sum's first six columns.
template <class V, int K>
ZKC_LANES Sum<V> start() {
    return {V::template start<K>(0), V::template start<K>(1), V::template start<K>(2),
            V::template start<K>(3), V::template start<K>(4), V::template start<K>(5)};
}

/// Clears the lowest column and moves the others down; `next` is the new top one.
template <class P, class V>
ZKC_LANES void fold(Sum<V>& s, const typename V::Z& next) {
    const auto q = V::low_factor(s.t0);
    s = {V::plus(s.t1, V::template right<52>(s.t0)), s.t2, s.t3, s.t4, s.t5, next};
    V::template add_constant_row<Card<P>::m>(s.t0, s.t1, s.t2, s.t3, s.t4, s.t5, q);
}

template <class P, class V>
ZKC_LANES Lanes<V> finish(Sum<V>& s) {
    const auto q = V::template low_product<Card<P>::mu>(s.t0);
    V::template add_constant_row<Card<P>::p>(s.t0, s.t1, s.t2, s.t3, s.t4, s.t5, q);
    return tidy<V>({V::plus(s.t1, V::template right<52>(s.t0)), s.t2, s.t3, s.t4, s.t5});
}

template <class P, class V>
ZKC_PRODUCT Lanes<V> product(const Factor<V>& x, const Factor<V>& y) {
    Sum<V> s = start<V, 1>();
    add_row(s, x.a, y);
    fold<P>(s, V::template start<1>(6));
    add_row(s, x.b, y);
    fold<P>(s, V::template start<1>(7));
    add_row(s, x.c, y);
    fold<P>(s, V::template start<1>(8));
    add_row(s, x.d, y);
    fold<P>(s, V::template start<1>(9));
    add_row(s, x.e, y);
    return finish<P>(s);
}

/// x y + z w with one reduction; below (xy + zw) / 2^260 + 2p.
template <class P, class V>
ZKC_PRODUCT Lanes<V> product_sum(const Factor<V>& x, const Factor<V>& y, const Factor<V>& z,
                                 const Factor<V>& w) {
    Sum<V> s = start<V, 2>();
    add_row(s, x.a, y);
    add_row(s, z.a, w);
    fold<P>(s, V::template start<2>(6));
    add_row(s, x.b, y);
    add_row(s, z.b, w);
    fold<P>(s, V::template start<2>(7));
    add_row(s, x.c, y);
    add_row(s, z.c, w);
    fold<P>(s, V::template start<2>(8));
    add_row(s, x.d, y);
    add_row(s, z.d, w);
    fold<P>(s, V::template start<2>(9));
    add_row(s, x.e, y);
    add_row(s, z.e, w);
    return finish<P>(s);
}

/// The ten columns of an unreduced product.
template <class V>
struct Wide {
    typename V::Z t0, t1, t2, t3, t4, t5, t6, t7, t8, t9;
};

/// Montgomery reduction of columns without constants; same bound as `product`.
template <class P, class V>
ZKC_PRODUCT Lanes<V> reduced(const Wide<V>& w) {
    const auto with = [](const typename V::Z& t, int column) ZKC_ALWAYS {
        return V::template started<0>(t, column);
    };
    Sum<V> s{w.t0, with(w.t1, 1), with(w.t2, 2), with(w.t3, 3), with(w.t4, 4), with(w.t5, 5)};
    fold<P>(s, with(w.t6, 6));
    fold<P>(s, with(w.t7, 7));
    fold<P>(s, with(w.t8, 8));
    fold<P>(s, with(w.t9, 9));
    return finish<P>(s);
}

/// Square; where multiply-accumulates are apart, the mixed products are taken once and doubled as
/// columns (a doubled limb might not fit).
template <class P, class V>
ZKC_LANES Lanes<V> square(const Factor<V>& x) {
    if constexpr (!V::kSquares) {
        return product<P>(x, x);
    } else {
        const auto o = V::zero();
        const auto lo = [](auto t, auto f, auto g) ZKC_ALWAYS { return V::lo(t, f, g); };
        const auto hi = [](auto t, auto f, auto g) ZKC_ALWAYS { return V::hi(t, f, g); };
        auto t1 = lo(o, x.a, x.b), t2 = lo(o, x.a, x.c), t3 = lo(o, x.a, x.d),
             t4 = lo(o, x.a, x.e);
        t2 = hi(t2, x.a, x.b);
        t3 = hi(t3, x.a, x.c);
        t4 = hi(t4, x.a, x.d);
        auto t5 = hi(o, x.a, x.e);
        t3 = lo(t3, x.b, x.c);
        t4 = lo(t4, x.b, x.d);
        t5 = lo(t5, x.b, x.e);
        t4 = hi(t4, x.b, x.c);
        t5 = hi(t5, x.b, x.d);
        auto t6 = hi(o, x.b, x.e);
        t5 = lo(t5, x.c, x.d);
        t6 = lo(t6, x.c, x.e);
        t6 = hi(t6, x.c, x.d);
        auto t7 = hi(o, x.c, x.e);
        t7 = lo(t7, x.d, x.e);
        const auto t8 = hi(o, x.d, x.e);
        const auto twice = [](auto v) ZKC_ALWAYS { return V::plus(v, v); };
        return reduced<P>(Wide<V>{lo(o, x.a, x.a), hi(twice(t1), x.a, x.a),
                                  lo(twice(t2), x.b, x.b), hi(twice(t3), x.b, x.b),
                                  lo(twice(t4), x.c, x.c), hi(twice(t5), x.c, x.c),
                                  lo(twice(t6), x.d, x.d), hi(twice(t7), x.d, x.d),
                                  lo(twice(t8), x.e, x.e), hi(o, x.e, x.e)});
    }
}

/// Lanes in which two tidy vectors are the same integer.
template <class V>
ZKC_LANES typename V::Mask same_lanes(const Lanes<V>& x, const Lanes<V>& y) {
    return V::both(V::both(V::both(V::equal(x.a, y.a), V::equal(x.b, y.b)),
                           V::both(V::equal(x.c, y.c), V::equal(x.d, y.d))),
                   V::equal(x.e, y.e));
}

/// Lanes in which a tidy v below 8p is 0 mod p.
template <class P, class V>
ZKC_LANES typename V::Mask is_zero(const Lanes<V>& v) {
    auto found = same_lanes(v, same<V>(Card<P>::kp[0]));
    for (int k = 1; k < 8; ++k) found = V::either(found, same_lanes(v, same<V>(Card<P>::kp[k])));
    return found;
}

/// mask ? y : x, lane by lane.
template <class V>
ZKC_LANES Lanes<V> blend(const typename V::Mask& mask, const Lanes<V>& x, const Lanes<V>& y) {
    return {V::blend(mask, x.a, y.a), V::blend(mask, x.b, y.b), V::blend(mask, x.c, y.c),
            V::blend(mask, x.d, y.d), V::blend(mask, x.e, y.e)};
}

/// mask ? -x : x, lane by lane and limb by limb: not tidy.
template <class V>
ZKC_LANES Lanes<V> opposite(const typename V::Mask& mask, const Lanes<V>& x) {
    return {V::opposite(mask, x.a), V::opposite(mask, x.b), V::opposite(mask, x.c),
            V::opposite(mask, x.d), V::opposite(mask, x.e)};
}

/// The representative below p of a tidy v below 3p.
template <class P, class V>
ZKC_LANES Lanes<V> canonical(Lanes<V> v) {
    for (int k = 0; k < 2; ++k) {
        const Lanes<V> less = tidy(v + multiple<V, P, -1>());
        v = blend<V>(V::negative(less.e), less, v);
    }
    return v;
}

/// Four 64-bit limbs to five of 52 bits.
template <class V>
ZKC_LANES Lanes<V> split(const typename V::Z (&x)[4]) {
    return {V::low52(x[0]), V::low52(V::template funnel<52>(x[0], x[1])),
            V::low52(V::template funnel<40>(x[1], x[2])),
            V::low52(V::template funnel<28>(x[2], x[3])), V::template right<16>(x[3])};
}

template <class V>
struct Words {
    typename V::Z w0, w1, w2, w3;

    /// words[i][k]: word i of lane k.
    ZKC_LANES void save(u64 (&words)[4][8]) const {
        V::store(words[0], w0);
        V::store(words[1], w1);
        V::store(words[2], w2);
        V::store(words[3], w3);
    }
};

/// Five limbs of 52 bits back to four of 64; v is tidy and below 2^256.
template <class V>
ZKC_LANES Words<V> join(const Lanes<V>& v) {
    return {V::either(v.a, V::template left<52>(v.b)),
            V::either(V::template right<12>(v.b), V::template left<40>(v.c)),
            V::either(V::template right<24>(v.c), V::template left<28>(v.d)),
            V::either(V::template right<36>(v.d), V::template left<16>(v.e))};
}

/// Lane k from the four words at rows[k] + offset bytes.
template <class V>
ZKC_LANES Lanes<V> gather(const unsigned char* const* rows, std::size_t offset) {
    typename V::Z words[4];
    V::gather(rows, offset, words);
    return split<V>(words);
}

/// Lane k to the eight words at rows[k] + offset bytes: x then y.
template <class V>
ZKC_LANES void scatter(unsigned char* const* rows, std::size_t offset, const Lanes<V>& x,
                       const Lanes<V>& y) {
    const Words<V> a = join(x), b = join(y);
    V::scatter(rows, offset, a, b);
}

}  // namespace
}  // namespace zkc::lanes
