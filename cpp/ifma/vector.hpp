// Eight lanes in one 512-bit register, and its multiply-accumulate: vpmadd52.
//
// For the IFMA unit's own files only (see lanes/lanes.hpp).
#pragma once

#include <immintrin.h>

#include "lanes/lanes.hpp"

namespace zkc::ifma {
namespace {

struct Vector {
    using Z = __m512i;
    using F = __m512i;  // a factor's limb: the limb
    using Mask = __mmask8;
    static constexpr bool kSquares = true;

    static ZKC_LANES Z same(std::uint64_t v) { return _mm512_set1_epi64(static_cast<long long>(v)); }
    static ZKC_LANES Z zero() { return _mm512_setzero_si512(); }
    static ZKC_LANES Z plus(Z x, Z y) { return _mm512_add_epi64(x, y); }
    static ZKC_LANES Z minus(Z x, Z y) { return _mm512_sub_epi64(x, y); }
    static ZKC_LANES Z either(Z x, Z y) { return _mm512_or_si512(x, y); }
    static ZKC_LANES Z low52(Z x) { return _mm512_and_si512(x, same(lanes::kMask)); }
    template <unsigned N>
    static ZKC_LANES Z right(Z x) {
        return _mm512_srli_epi64(x, N);
    }
    template <unsigned N>
    static ZKC_LANES Z left(Z x) {
        return _mm512_slli_epi64(x, N);
    }
    /// The low 64 bits of (high 2^64 + low) / 2^N.
    template <unsigned N>
    static ZKC_LANES Z funnel(Z low, Z high) {
        return _mm512_shrdi_epi64(low, high, N);
    }
    static ZKC_LANES Z load(const void* at) { return _mm512_load_si512(at); }
    static ZKC_LANES void store(void* at, Z x) { _mm512_store_si512(at, x); }

    static ZKC_LANES Mask equal(Z x, Z y) { return _mm512_cmpeq_epi64_mask(x, y); }
    static ZKC_LANES Mask negative(Z x) { return _mm512_movepi64_mask(x); }
    static ZKC_LANES Mask both(Mask x, Mask y) { return x & y; }
    static ZKC_LANES Mask either(Mask x, Mask y) { return x | y; }
    static ZKC_LANES unsigned bits(Mask mask) { return mask; }
    static ZKC_LANES Mask mask(unsigned bits) { return static_cast<Mask>(bits); }
    static ZKC_LANES Z blend(Mask mask, Z x, Z y) { return _mm512_mask_blend_epi64(mask, x, y); }
    static ZKC_LANES Z opposite(Mask mask, Z x) { return _mm512_mask_sub_epi64(x, mask, zero(), x); }
    static ZKC_LANES bool all_at_most(Z x, std::uint64_t bound) {
        return _mm512_cmpgt_epu64_mask(x, same(bound)) == 0;
    }

    // --- multiply-accumulate

    static ZKC_LANES F factor(Z x) { return x; }
    static ZKC_LANES F load_factor(const void* at) { return load(at); }
    static ZKC_LANES void store_factor(void* at, F x) { store(at, x); }
    static ZKC_LANES Z lo(Z t, Z x, Z y) { return _mm512_madd52lo_epu64(t, x, y); }
    static ZKC_LANES Z hi(Z t, Z x, Z y) { return _mm512_madd52hi_epu64(t, x, y); }
    template <int>
    static ZKC_LANES Z start(int) {
        return zero();
    }
    template <int>
    static ZKC_LANES Z started(Z t, int) {
        return t;
    }
    static ZKC_LANES F low_factor(Z t) { return t; }  // the instruction takes the low 52 bits
    template <std::uint64_t Constant>
    static ZKC_LANES F low_product(Z t) {
        return lo(zero(), t, same(Constant));
    }
    template <class Number>
    static ZKC_LANES void add_row(Z& t0, Z& t1, Z& t2, Z& t3, Z& t4, Z& t5, F x, const Number& y) {
        t0 = lo(t0, x, y.a);
        t1 = lo(t1, x, y.b);
        t2 = lo(t2, x, y.c);
        t3 = lo(t3, x, y.d);
        t4 = lo(t4, x, y.e);
        t1 = hi(t1, x, y.a);
        t2 = hi(t2, x, y.b);
        t3 = hi(t3, x, y.c);
        t4 = hi(t4, x, y.d);
        t5 = hi(t5, x, y.e);
    }
    template <const lanes::Digits& Constant>
    static ZKC_LANES void add_constant_row(Z& t0, Z& t1, Z& t2, Z& t3, Z& t4, Z& t5, F x) {
        add_row(t0, t1, t2, t3, t4, t5, x, lanes::same<Vector>(Constant));
    }
    /// Removes the constants of n rows that `add_row` added to each place of ten columns.
    static ZKC_LANES void settle(lanes::Wide<Vector>&, std::uint64_t) {}

    // --- tables, addresses, transposition

    /// Which of eight entries: floor(42 top / 2^52).
    static ZKC_LANES Z entry(Z top) { return hi(zero(), top, same(42)); }
    template <const lanes::Multiples& Table, int Limb>
    static ZKC_LANES Z entry_of(Z at) {
        return _mm512_permutexvar_epi64(at, load(Table.limb[Limb]));
    }
    /// Lane k takes lane k xor `by`.
    static ZKC_LANES Z exchanged(Z x, int by) {
        const Z at = _mm512_xor_si512(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0),
                                      _mm512_set1_epi64(by));
        return _mm512_permutexvar_epi64(at, x);
    }
    /// The places of eight references: in the table below `table_size`, else in the pool.
    template <unsigned LogPointBytes>
    static ZKC_LANES void addresses(const std::uint32_t (&references)[8], std::uint32_t table_size,
                                    std::uint64_t table, std::uint64_t pool, void* out) {
        const __m256i index =
            _mm256_and_si256(_mm256_load_si256(reinterpret_cast<const __m256i*>(references)),
                             _mm256_set1_epi32(static_cast<int>(~lanes::kNegated)));
        const __mmask8 in_table = _mm256_cmplt_epu32_mask(
            index, _mm256_set1_epi32(static_cast<int>(table_size)));
        const Z from = _mm512_mask_blend_epi64(in_table, same(pool), same(table));
        store(out, plus(from, _mm512_slli_epi64(_mm512_cvtepu32_epi64(index), LogPointBytes)));
    }
    static ZKC_LANES Mask negated(const std::uint32_t (&references)[8]) {
        return _mm256_movepi32_mask(
            _mm256_load_si256(reinterpret_cast<const __m256i*>(references)));
    }
    /// Word i of the four at rows[k] + offset bytes goes to lane k of words[i].
    static ZKC_LANES void gather(const unsigned char* const* rows, std::size_t offset,
                                 Z (&words)[4]) {
        const auto pair = [&](int low, int high) {
            const Z first = _mm512_castsi256_si512(
                _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[low] + offset)));
            return _mm512_inserti64x4(
                first, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[high] + offset)),
                1);
        };
        const Z r02 = pair(0, 2), r13 = pair(1, 3), r46 = pair(4, 6), r57 = pair(5, 7);
        const Z even0 = _mm512_unpacklo_epi64(r02, r13), odd0 = _mm512_unpackhi_epi64(r02, r13);
        const Z even1 = _mm512_unpacklo_epi64(r46, r57), odd1 = _mm512_unpackhi_epi64(r46, r57);
        words[0] = _mm512_shuffle_i64x2(even0, even1, 0x88);
        words[1] = _mm512_shuffle_i64x2(odd0, odd1, 0x88);
        words[2] = _mm512_shuffle_i64x2(even0, even1, 0xdd);
        words[3] = _mm512_shuffle_i64x2(odd0, odd1, 0xdd);
    }
    /// Lane k's words of a, then of b, go to rows[k] + offset bytes.
    static ZKC_LANES void scatter(unsigned char* const* rows, std::size_t offset,
                                  const lanes::Words<Vector>& a, const lanes::Words<Vector>& b) {
        const auto put = [&](int row, Z v) {
            _mm512_storeu_si512(reinterpret_cast<void*>(rows[row] + offset), v);
        };
        const auto four = [&](int row, Z p, Z q, Z r, Z s) {
            // p, q, r, s hold words 01, 23, 45, 67 of rows row, row+2, row+4, row+6.
            const Z pq02 = _mm512_shuffle_i64x2(p, q, 0x44), rs02 = _mm512_shuffle_i64x2(r, s, 0x44);
            const Z pq46 = _mm512_shuffle_i64x2(p, q, 0xee), rs46 = _mm512_shuffle_i64x2(r, s, 0xee);
            put(row, _mm512_shuffle_i64x2(pq02, rs02, 0x88));
            put(row + 2, _mm512_shuffle_i64x2(pq02, rs02, 0xdd));
            put(row + 4, _mm512_shuffle_i64x2(pq46, rs46, 0x88));
            put(row + 6, _mm512_shuffle_i64x2(pq46, rs46, 0xdd));
        };
        four(0, _mm512_unpacklo_epi64(a.w0, a.w1), _mm512_unpacklo_epi64(a.w2, a.w3),
             _mm512_unpacklo_epi64(b.w0, b.w1), _mm512_unpacklo_epi64(b.w2, b.w3));
        four(1, _mm512_unpackhi_epi64(a.w0, a.w1), _mm512_unpackhi_epi64(a.w2, a.w3),
             _mm512_unpackhi_epi64(b.w0, b.w1), _mm512_unpackhi_epi64(b.w2, b.w3));
    }
    /// Lane k of row i and lane i of row k change places.
    static ZKC_LANES void transpose(Z (&r)[8]) {
        const auto lo64 = [](Z a, Z b) { return _mm512_unpacklo_epi64(a, b); };
        const auto hi64 = [](Z a, Z b) { return _mm512_unpackhi_epi64(a, b); };
        const Z p0 = lo64(r[0], r[1]), p1 = hi64(r[0], r[1]);
        const Z p2 = lo64(r[2], r[3]), p3 = hi64(r[2], r[3]);
        const Z p4 = lo64(r[4], r[5]), p5 = hi64(r[4], r[5]);
        const Z p6 = lo64(r[6], r[7]), p7 = hi64(r[6], r[7]);
        // Columns j and j+1 live in 128-bit quarters; collect the quarters 0..3 of four pairs.
        const auto four = [](Z a, Z b, Z c, Z d, Z& q0, Z& q1, Z& q2, Z& q3) {
            const Z ab02 = _mm512_shuffle_i64x2(a, b, 0x88), ab13 = _mm512_shuffle_i64x2(a, b, 0xdd);
            const Z cd02 = _mm512_shuffle_i64x2(c, d, 0x88), cd13 = _mm512_shuffle_i64x2(c, d, 0xdd);
            q0 = _mm512_shuffle_i64x2(ab02, cd02, 0x88);
            q2 = _mm512_shuffle_i64x2(ab02, cd02, 0xdd);
            q1 = _mm512_shuffle_i64x2(ab13, cd13, 0x88);
            q3 = _mm512_shuffle_i64x2(ab13, cd13, 0xdd);
        };
        four(p0, p2, p4, p6, r[0], r[2], r[4], r[6]);
        four(p1, p3, p5, p7, r[1], r[3], r[5], r[7]);
    }
};

}  // namespace
}  // namespace zkc::ifma
