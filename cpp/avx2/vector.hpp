// Eight lanes in two 256-bit registers, and their multiply-accumulate: products of 52-bit limbs by
// fused multiply-adds of doubles (N. Emmart, "Faster modular exponentiation using double precision
// floating point arithmetic on the GPU", ARITH 2018).
//
// With rounding towards zero, and a and b integers below 2^52,
//   high = a b + 2^104                 is 2^104 + 2^52 floor(a b / 2^52),
//   low  = a b + (2^104 + 2^52 - high) is 2^52 + (a b mod 2^52),
// both exactly, so that the low 52 bits of each double are the halves of the product. The columns
// add the doubles as integers, with their exponents; `start` subtracts the exponents again.
//
// Nothing here may run unless MXCSR says: round towards zero, no flush to zero, no denormals as
// zero (unit.cpp sets it). For the AVX2 unit's own files only (see lanes/lanes.hpp).
#pragma once

#include <immintrin.h>

// Inlined, a product would leave neither registers nor the first cache to what is around it.
#define ZKC_PRODUCT __attribute__((noinline))

#include "lanes/lanes.hpp"

namespace zkc::avx2 {
namespace {

using lanes::u64;

/// How often the rows of a sum add the low and the high half of a product to a column.
struct Halves {
    u64 low, high;
};

constexpr Halves halves_of_rows(int column, const int (&places)[5]) {
    const auto inside = [](int limb) { return static_cast<u64>(limb >= 0 && limb < 5); };
    Halves out{};
    for (const int place : places) {
        out.low += inside(column - place);
        out.high += inside(column - 1 - place);
    }
    return out;
}
/// The rows of a product, and those of its reduction: four, and the last one beside the fourth.
constexpr Halves halves_of_product(int column) { return halves_of_rows(column, {0, 1, 2, 3, 4}); }
constexpr Halves halves_of_reduction(int column) { return halves_of_rows(column, {1, 2, 3, 4, 4}); }

constexpr u64 kHighExponent = u64{0x3ff + 104} << 52;
constexpr u64 kLowExponent = u64{0x3ff + 52} << 52;

/// What takes the exponents away.
constexpr u64 without(const Halves& halves) {
    return 0 - (halves.low * kLowExponent + halves.high * kHighExponent);
}

template <int Products>
struct Starts {
    u64 column[10];
    constexpr Starts() : column{} {
        for (int c = 0; c < 10; ++c) {
            const Halves x = halves_of_product(c), m = halves_of_reduction(c);
            column[c] = without({Products * x.low + m.low, Products * x.high + m.high});
        }
    }
};
template <int Products>
constexpr Starts<Products> kStarts;

/// The same double in each lane, in memory.
struct Repeated {
    alignas(32) double lane[4];
    constexpr Repeated(double v) : lane{v, v, v, v} {}
};
constexpr Repeated kHigh(0x1p104), kBoth(0x1p104 + 0x1p52), kLow(0x1p52);

struct RepeatedDigits {
    Repeated a, b, c, d, e;
    constexpr RepeatedDigits(const lanes::Digits& v)
        : a(static_cast<double>(v.limb[0])),
          b(static_cast<double>(v.limb[1])),
          c(static_cast<double>(v.limb[2])),
          d(static_cast<double>(v.limb[3])),
          e(static_cast<double>(v.limb[4])) {}
};
template <const lanes::Digits& Digits>
constexpr RepeatedDigits kRepeated(Digits);

/// Entries of a table, halved: vpermd moves 32 bits.
template <const lanes::Multiples& Table, int Limb>
struct HalfEntries {
    alignas(32) std::uint32_t low[8], high[8];
    constexpr HalfEntries() : low{}, high{} {
        for (int k = 0; k < 8; ++k) {
            low[k] = static_cast<std::uint32_t>(Table.limb[Limb][k]);
            high[k] = static_cast<std::uint32_t>(Table.limb[Limb][k] >> 32);
        }
    }
};
template <const lanes::Multiples& Table, int Limb>
constexpr HalfEntries<Table, Limb> kHalfEntries;

// One limb times five, for four lanes. By hand, because the compiler's own schedule spills hundreds
// of registers: six columns of either half of the lanes stay in registers, and y in memory.
#define ZKC_AVX2_TERM(Y, LOW, HIGH)                \
    "vmovapd %[one], %[high]\n\t"                  \
    "vfmadd231pd %[" Y "], %[x], %[high]\n\t"      \
    "vsubpd %[high], %[both], %[low]\n\t"          \
    "vfmadd231pd %[" Y "], %[x], %[low]\n\t"       \
    "vpaddq %[high], %[" HIGH "], %[" HIGH "]\n\t" \
    "vpaddq %[low], %[" LOW "], %[" LOW "]\n\t"

ZKC_LANES void add_half_row(__m256i& t0, __m256i& t1, __m256i& t2, __m256i& t3, __m256i& t4,
                            __m256i& t5, __m256d x, const __m256d& ya, const __m256d& yb,
                            const __m256d& yc, const __m256d& yd, const __m256d& ye) {
    __m256d high, low;
    __asm__(ZKC_AVX2_TERM("ya", "t0", "t1")
            ZKC_AVX2_TERM("yb", "t1", "t2")
            ZKC_AVX2_TERM("yc", "t2", "t3")
            ZKC_AVX2_TERM("yd", "t3", "t4")
            ZKC_AVX2_TERM("ye", "t4", "t5")
            : [t0] "+x"(t0), [t1] "+x"(t1), [t2] "+x"(t2), [t3] "+x"(t3), [t4] "+x"(t4),
              [t5] "+x"(t5), [high] "=&x"(high), [low] "=&x"(low)
            : [x] "x"(x), [ya] "m"(ya), [yb] "m"(yb), [yc] "m"(yc), [yd] "m"(yd), [ye] "m"(ye),
              [one] "m"(kHigh), [both] "x"(_mm256_load_pd(kBoth.lane)));
}

#undef ZKC_AVX2_TERM

struct Vector {
    struct Z {
        __m256i l, h;  // lanes 0 to 3 and 4 to 7
    };
    struct F {
        __m256d l, h;  // the limb as a double
    };
    using Mask = Z;  // all ones or zero
    static constexpr bool kSquares = false;

    static ZKC_LANES Z same(u64 v) {
        const __m256i all = _mm256_set1_epi64x(static_cast<long long>(v));
        return {all, all};
    }
    static ZKC_LANES Z zero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
    static ZKC_LANES Z plus(const Z& x, const Z& y) {
        return {_mm256_add_epi64(x.l, y.l), _mm256_add_epi64(x.h, y.h)};
    }
    static ZKC_LANES Z minus(const Z& x, const Z& y) {
        return {_mm256_sub_epi64(x.l, y.l), _mm256_sub_epi64(x.h, y.h)};
    }
    static ZKC_LANES Z either(const Z& x, const Z& y) {
        return {_mm256_or_si256(x.l, y.l), _mm256_or_si256(x.h, y.h)};
    }
    static ZKC_LANES Z both(const Z& x, const Z& y) {
        return {_mm256_and_si256(x.l, y.l), _mm256_and_si256(x.h, y.h)};
    }
    static ZKC_LANES Z low52(const Z& x) { return both(x, same(lanes::kMask)); }
    template <unsigned N>
    static ZKC_LANES Z right(const Z& x) {
        return {_mm256_srli_epi64(x.l, N), _mm256_srli_epi64(x.h, N)};
    }
    template <unsigned N>
    static ZKC_LANES Z left(const Z& x) {
        return {_mm256_slli_epi64(x.l, N), _mm256_slli_epi64(x.h, N)};
    }
    /// The low 64 bits of (high 2^64 + low) / 2^N.
    template <unsigned N>
    static ZKC_LANES Z funnel(const Z& low, const Z& high) {
        return either(right<N>(low), left<64 - N>(high));
    }
    static ZKC_LANES Z load(const void* at) {
        const auto* from = static_cast<const __m256i*>(at);
        return {_mm256_load_si256(from), _mm256_load_si256(from + 1)};
    }
    static ZKC_LANES void store(void* at, const Z& x) {
        auto* to = static_cast<__m256i*>(at);
        _mm256_store_si256(to, x.l);
        _mm256_store_si256(to + 1, x.h);
    }

    static ZKC_LANES Mask equal(const Z& x, const Z& y) {
        return {_mm256_cmpeq_epi64(x.l, y.l), _mm256_cmpeq_epi64(x.h, y.h)};
    }
    static ZKC_LANES Mask negative(const Z& x) {
        const Z o = zero();
        return {_mm256_cmpgt_epi64(o.l, x.l), _mm256_cmpgt_epi64(o.h, x.h)};
    }
    static ZKC_LANES unsigned bits(const Mask& mask) {
        const int low = _mm256_movemask_pd(_mm256_castsi256_pd(mask.l));
        const int high = _mm256_movemask_pd(_mm256_castsi256_pd(mask.h));
        return static_cast<unsigned>(low | high << 4);
    }
    static ZKC_LANES Mask mask(unsigned bits) {
        alignas(32) u64 lanes[8];
        for (unsigned k = 0; k < 8; ++k) lanes[k] = 0 - u64{bits >> k & 1};
        return load(lanes);
    }
    static ZKC_LANES Z blend(const Mask& mask, const Z& x, const Z& y) {
        return {_mm256_blendv_epi8(x.l, y.l, mask.l), _mm256_blendv_epi8(x.h, y.h, mask.h)};
    }
    static ZKC_LANES Z opposite(const Mask& mask, const Z& x) {
        const auto one = [](__m256i m, __m256i v) ZKC_ALWAYS {
            return _mm256_sub_epi64(_mm256_xor_si256(v, m), m);
        };
        return {one(mask.l, x.l), one(mask.h, x.h)};
    }
    static ZKC_LANES bool all_at_most(const Z& x, u64 bound) {
        return bits(either(negative(x), negative(minus(same(bound), x)))) == 0;
    }

    // --- multiply-accumulate

    /// A limb below 2^52.
    static ZKC_LANES F factor(const Z& x) {
        const Z exponent = same(kLowExponent);
        const __m256d low = _mm256_load_pd(kLow.lane);
        return {_mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(x.l, exponent.l)), low),
                _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(x.h, exponent.h)), low)};
    }
    static ZKC_LANES F load_factor(const void* at) {
        const auto* from = static_cast<const double*>(at);
        return {_mm256_load_pd(from), _mm256_load_pd(from + 4)};
    }
    static ZKC_LANES void store_factor(void* at, const F& x) {
        auto* to = static_cast<double*>(at);
        _mm256_store_pd(to, x.l);
        _mm256_store_pd(to + 4, x.h);
    }
    template <int Products>
    static ZKC_LANES Z start(int column) {
        return same(kStarts<Products>.column[column]);
    }
    template <int Products>
    static ZKC_LANES Z started(const Z& t, int column) {
        return plus(t, start<Products>(column));
    }
    static ZKC_LANES F low_factor(const Z& t) { return factor(low52(t)); }
    /// The low 52 bits of the product with a constant.
    template <u64 Constant>
    static ZKC_LANES F low_product(const Z& t) {
        const F x = low_factor(t);
        const auto one = [](__m256d v) ZKC_ALWAYS {
            const __m256d factor = _mm256_set1_pd(static_cast<double>(Constant));
            const __m256d high = _mm256_fmadd_pd(v, factor, _mm256_load_pd(kHigh.lane));
            const __m256d rest = _mm256_sub_pd(_mm256_load_pd(kBoth.lane), high);
            return _mm256_sub_pd(_mm256_fmadd_pd(v, factor, rest), _mm256_load_pd(kLow.lane));
        };
        return {one(x.l), one(x.h)};
    }
    static ZKC_LANES void add_row(Z& t0, Z& t1, Z& t2, Z& t3, Z& t4, Z& t5, const F& x,
                                  const lanes::Factor<Vector>& y) {
        add_half_row(t0.l, t1.l, t2.l, t3.l, t4.l, t5.l, x.l, y.a.l, y.b.l, y.c.l, y.d.l, y.e.l);
        add_half_row(t0.h, t1.h, t2.h, t3.h, t4.h, t5.h, x.h, y.a.h, y.b.h, y.c.h, y.d.h, y.e.h);
    }
    template <const lanes::Digits& Constant>
    static ZKC_LANES void add_constant_row(Z& t0, Z& t1, Z& t2, Z& t3, Z& t4, Z& t5, const F& x) {
        const auto lanes_of = [](const Repeated& v) ZKC_ALWAYS -> const __m256d& {
            return *reinterpret_cast<const __m256d*>(v.lane);
        };
        constexpr const RepeatedDigits& v = kRepeated<Constant>;
        add_half_row(t0.l, t1.l, t2.l, t3.l, t4.l, t5.l, x.l, lanes_of(v.a), lanes_of(v.b),
                     lanes_of(v.c), lanes_of(v.d), lanes_of(v.e));
        add_half_row(t0.h, t1.h, t2.h, t3.h, t4.h, t5.h, x.h, lanes_of(v.a), lanes_of(v.b),
                     lanes_of(v.c), lanes_of(v.d), lanes_of(v.e));
    }
    /// Removes the constants that `add_row` left in the columns of n products.
    static ZKC_LANES void settle(lanes::Wide<Vector>& w, u64 n) {
        const auto take = [n](Z& t, int column) ZKC_ALWAYS {
            t = plus(t, same(n * without(halves_of_product(column))));
        };
        take(w.t0, 0);
        take(w.t1, 1);
        take(w.t2, 2);
        take(w.t3, 3);
        take(w.t4, 4);
        take(w.t5, 5);
        take(w.t6, 6);
        take(w.t7, 7);
        take(w.t8, 8);
        take(w.t9, 9);
    }

    // --- tables, addresses, transposition

    /// Which of eight entries: floor(42 top / 2^52), in both halves of each lane. The lowest 20 bits
    /// of `top` would seldom change it, and never by more than the bound of `reduced` allows.
    static ZKC_LANES Z entry(const Z& top) {
        const auto one = [](__m256i v) ZKC_ALWAYS {
            const __m256i product =
                _mm256_mul_epu32(_mm256_srli_epi64(v, 20), _mm256_set1_epi64x(42));
            return _mm256_shuffle_epi32(product, 0xf5);
        };
        return {one(top.l), one(top.h)};
    }
    template <const lanes::Multiples& Table, int Limb>
    static ZKC_LANES Z entry_of(const Z& at) {
        const auto& table = kHalfEntries<Table, Limb>;
        const __m256i low = _mm256_load_si256(reinterpret_cast<const __m256i*>(table.low));
        const __m256i high = _mm256_load_si256(reinterpret_cast<const __m256i*>(table.high));
        const auto one = [&](__m256i v) ZKC_ALWAYS {
            return _mm256_blend_epi32(_mm256_permutevar8x32_epi32(low, v),
                                      _mm256_permutevar8x32_epi32(high, v), 0xaa);
        };
        return {one(at.l), one(at.h)};
    }
    /// Lane k takes lane k xor `by`: 1, 2 or 4.
    static ZKC_LANES Z exchanged(const Z& x, int by) {
        if (by == 4) return {x.h, x.l};
        if (by == 2) {
            return {_mm256_permute4x64_epi64(x.l, 0x4e), _mm256_permute4x64_epi64(x.h, 0x4e)};
        }
        return {_mm256_permute4x64_epi64(x.l, 0xb1), _mm256_permute4x64_epi64(x.h, 0xb1)};
    }
    /// The places of eight references: in the table below `table_size`, else in the pool.
    template <unsigned LogPointBytes>
    static ZKC_LANES void addresses(const std::uint32_t (&references)[8], std::uint32_t table_size,
                                    u64 table, u64 pool, void* out) {
        const __m256i index =
            _mm256_and_si256(_mm256_load_si256(reinterpret_cast<const __m256i*>(references)),
                             _mm256_set1_epi32(static_cast<int>(~lanes::kNegated)));
        const __m256i in_table =
            _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(table_size)), index);
        const auto half = [&](__m128i at, __m128i in) ZKC_ALWAYS {
            const __m256i from =
                _mm256_blendv_epi8(_mm256_set1_epi64x(static_cast<long long>(pool)),
                                   _mm256_set1_epi64x(static_cast<long long>(table)),
                                   _mm256_cvtepi32_epi64(in));
            return _mm256_add_epi64(
                from, _mm256_slli_epi64(_mm256_cvtepu32_epi64(at), LogPointBytes));
        };
        store(out, {half(_mm256_castsi256_si128(index), _mm256_castsi256_si128(in_table)),
                    half(_mm256_extracti128_si256(index, 1),
                         _mm256_extracti128_si256(in_table, 1))});
    }
    static ZKC_LANES Mask negated(const std::uint32_t (&references)[8]) {
        const __m256i signs = _mm256_srai_epi32(
            _mm256_load_si256(reinterpret_cast<const __m256i*>(references)), 31);
        return {_mm256_cvtepi32_epi64(_mm256_castsi256_si128(signs)),
                _mm256_cvtepi32_epi64(_mm256_extracti128_si256(signs, 1))};
    }
    /// Word i of the four at rows[k] + offset bytes goes to lane k of words[i].
    static ZKC_LANES void gather(const unsigned char* const* rows, std::size_t offset,
                                 Z (&words)[4]) {
        const auto pair = [&](int low, int high, std::size_t from) ZKC_ALWAYS {
            const auto* first = reinterpret_cast<const __m128i*>(rows[low] + from);
            const auto* second = reinterpret_cast<const __m128i*>(rows[high] + from);
            return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(first)),
                                           _mm_loadu_si128(second), 1);
        };
        for (std::size_t i = 0; i < 2; ++i) {
            const std::size_t from = offset + 16 * i;
            const __m256i r02 = pair(0, 2, from), r13 = pair(1, 3, from);
            const __m256i r46 = pair(4, 6, from), r57 = pair(5, 7, from);
            words[2 * i] = {_mm256_unpacklo_epi64(r02, r13), _mm256_unpacklo_epi64(r46, r57)};
            words[2 * i + 1] = {_mm256_unpackhi_epi64(r02, r13), _mm256_unpackhi_epi64(r46, r57)};
        }
    }
    /// Lane k's words of a, then of b, go to rows[k] + offset bytes.
    static ZKC_LANES void scatter(unsigned char* const* rows, std::size_t offset,
                                  const lanes::Words<Vector>& a, const lanes::Words<Vector>& b) {
        const auto put = [&](int row, std::size_t at, __m256i v) ZKC_ALWAYS {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(rows[row] + offset + at),
                             _mm256_castsi256_si128(v));
            _mm_storeu_si128(reinterpret_cast<__m128i*>(rows[row + 2] + offset + at),
                             _mm256_extracti128_si256(v, 1));
        };
        const auto two = [&](std::size_t at, const Z& p, const Z& q) ZKC_ALWAYS {
            put(0, at, _mm256_unpacklo_epi64(p.l, q.l));
            put(1, at, _mm256_unpackhi_epi64(p.l, q.l));
            put(4, at, _mm256_unpacklo_epi64(p.h, q.h));
            put(5, at, _mm256_unpackhi_epi64(p.h, q.h));
        };
        two(0, a.w0, a.w1);
        two(16, a.w2, a.w3);
        two(32, b.w0, b.w1);
        two(48, b.w2, b.w3);
    }
    /// Lane k of row i and lane i of row k change places.
    static ZKC_LANES void transpose(Z (&r)[8]) {
        const auto four = [](__m256i& a, __m256i& b, __m256i& c, __m256i& d) ZKC_ALWAYS {
            const __m256i ab0 = _mm256_unpacklo_epi64(a, b), ab1 = _mm256_unpackhi_epi64(a, b);
            const __m256i cd0 = _mm256_unpacklo_epi64(c, d), cd1 = _mm256_unpackhi_epi64(c, d);
            a = _mm256_permute2x128_si256(ab0, cd0, 0x20);
            b = _mm256_permute2x128_si256(ab1, cd1, 0x20);
            c = _mm256_permute2x128_si256(ab0, cd0, 0x31);
            d = _mm256_permute2x128_si256(ab1, cd1, 0x31);
        };
        four(r[0].l, r[1].l, r[2].l, r[3].l);
        four(r[4].l, r[5].l, r[6].l, r[7].l);
        four(r[0].h, r[1].h, r[2].h, r[3].h);
        four(r[4].h, r[5].h, r[6].h, r[7].h);
        for (int k = 0; k < 4; ++k) {
            const __m256i high = r[k].h;
            r[k].h = r[k + 4].l;
            r[k + 4].l = high;
        }
    }
};

}  // namespace
}  // namespace zkc::avx2
