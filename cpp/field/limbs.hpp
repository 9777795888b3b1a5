// Fixed-size multi-precision integers: N little-endian 64-bit limbs.
//
// This is the only file that touches carry flags. On x86-64 the carry intrinsics are two to four
// times faster than 128-bit borrow tricks (gcc 12); elsewhere the same functions use 128-bit
// arithmetic.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && !defined(__clang__) && __has_include(<x86gprintrin.h>)
#include <x86gprintrin.h>  // gcc's carry intrinsics without its vectors, which take long to read
#elif defined(__x86_64__)
#include <immintrin.h>
#endif

namespace zkc {

using u64 = std::uint64_t;
using u128 = unsigned __int128;

template <std::size_t N>
using Limbs = std::array<u64, N>;

#define ZKC_INLINE inline __attribute__((always_inline))

/// out = a + b + carry; returns the carry out.
ZKC_INLINE unsigned char add_carry(unsigned char carry, u64 a, u64 b, u64& out) {
#if defined(__x86_64__)
    unsigned long long t;
    carry = _addcarry_u64(carry, a, b, &t);
    out = t;
    return carry;
#else
    const u128 t = static_cast<u128>(a) + b + carry;
    out = static_cast<u64>(t);
    return static_cast<unsigned char>(t >> 64);
#endif
}

/// out = a - b - borrow; returns the borrow out.
ZKC_INLINE unsigned char sub_borrow(unsigned char borrow, u64 a, u64 b, u64& out) {
#if defined(__x86_64__)
    unsigned long long t;
    borrow = _subborrow_u64(borrow, a, b, &t);
    out = t;
    return borrow;
#else
    const u128 t = static_cast<u128>(a) - b - borrow;
    out = static_cast<u64>(t);
    return static_cast<unsigned char>((t >> 64) & 1);
#endif
}

template <std::size_t N>
ZKC_INLINE unsigned char add(Limbs<N>& out, const Limbs<N>& a, const Limbs<N>& b) {
    unsigned char carry = 0;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) carry = add_carry(carry, a[i], b[i], out[i]);
    return carry;
}

template <std::size_t N>
ZKC_INLINE unsigned char sub(Limbs<N>& out, const Limbs<N>& a, const Limbs<N>& b) {
    unsigned char borrow = 0;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) borrow = sub_borrow(borrow, a[i], b[i], out[i]);
    return borrow;
}

/// Returns mask ? a : b without a branch; mask is all ones or zero.
template <std::size_t N>
ZKC_INLINE Limbs<N> select(u64 mask, const Limbs<N>& a, const Limbs<N>& b) {
    Limbs<N> out;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) out[i] = (a[i] & mask) | (b[i] & ~mask);
    return out;
}

template <std::size_t N>
ZKC_INLINE bool is_zero(const Limbs<N>& a) {
    u64 bits = 0;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) bits |= a[i];
    return bits == 0;
}

template <std::size_t N>
ZKC_INLINE bool less(const Limbs<N>& a, const Limbs<N>& b) {
    Limbs<N> t;
    return sub(t, a, b) != 0;
}

template <std::size_t N>
inline std::size_t bit_length(const Limbs<N>& a) {
    for (std::size_t i = N; i-- > 0;) {
        if (a[i] != 0) return 64 * i + static_cast<std::size_t>(std::bit_width(a[i]));
    }
    return 0;
}

template <std::size_t N>
ZKC_INLINE bool bit(const Limbs<N>& a, std::size_t i) {
    return i < 64 * N && ((a[i / 64] >> (i % 64)) & 1) != 0;
}

/// The `count` <= 32 bits of a that start at bit `from`; bits past the end are zero.
template <std::size_t N>
ZKC_INLINE u64 bits_at(const Limbs<N>& a, std::size_t from, std::size_t count) {
    const std::size_t limb = from / 64;
    const std::size_t shift = from % 64;
    if (limb >= N) return 0;
    u64 value = a[limb] >> shift;
    if (shift + count > 64 && limb + 1 < N) value |= a[limb + 1] << (64 - shift);
    return value & ((u64{1} << count) - 1);
}

/// a << 1, dropping the top bit.
template <std::size_t N>
constexpr Limbs<N> doubled(const Limbs<N>& a) {
    Limbs<N> out{};
    for (std::size_t i = N; i-- > 0;) out[i] = (a[i] << 1) | (i > 0 ? a[i - 1] >> 63 : 0);
    return out;
}

/// a >> 1.
template <std::size_t N>
constexpr Limbs<N> halved(const Limbs<N>& a) {
    Limbs<N> out{};
    for (std::size_t i = 0; i < N; ++i) out[i] = (a[i] >> 1) | (i + 1 < N ? a[i + 1] << 63 : 0);
    return out;
}

template <std::size_t N>
struct Division {
    Limbs<N> quotient;
    Limbs<N> remainder;
};

/// Integer division of a by m > 0: limb by limb for one-limb divisors, else shift and subtract.
template <std::size_t N>
inline Division<N> divide(const Limbs<N>& a, const Limbs<N>& m) {
    Division<N> out{};
    const std::size_t m_bits = bit_length(m);
    if (m_bits <= 64) {
        u128 rest = 0;
        for (std::size_t i = N; i-- > 0;) {
            rest = (rest << 64) | a[i];
            out.quotient[i] = static_cast<u64>(rest / m[0]);
            rest %= m[0];
        }
        out.remainder[0] = static_cast<u64>(rest);
        return out;
    }
    for (std::size_t i = bit_length(a); i-- > 0;) {
        // The remainder is below m < 2^(64 N), so a bit that is shifted out also calls for a
        // subtraction.
        const bool top = bit(out.remainder, 64 * N - 1);
        out.remainder = doubled(out.remainder);
        out.remainder[0] |= bit(a, i) ? 1 : 0;
        if (top || !less(out.remainder, m)) {
            sub(out.remainder, out.remainder, m);
            out.quotient[i / 64] |= u64{1} << (i % 64);
        }
    }
    return out;
}

}  // namespace zkc
