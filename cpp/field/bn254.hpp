// BN254 (alt_bn128; EIP-196, EIP-197): parameter card.
//
//   x   = 4965661367192848881                       (BN parameter)
//   q   = 36x^4 + 36x^3 + 24x^2 + 6x + 1            (base field, 254 bits)
//   r   = 36x^4 + 36x^3 + 18x^2 + 6x + 1            (group order, 254 bits, r - 1 = 2^28 * odd)
//   E   : y^2 = x^3 + 3 over F_q, generator (1, 2), cofactor 1
//   F_q2 = F_q[u] / (u^2 + 1), xi = 9 + u
//   E'  : y^2 = x^3 + 3/xi over F_q2 (D-twist), generator as in EIP-197
//   F_q6 = F_q2[v] / (v^3 - xi), F_q12 = F_q6[w] / (w^2 - v)
//
// Encoding at the library's boundary: F_q2 elements are (c0, c1) = c0 + c1 u, points are affine,
// infinity is all zero.
#pragma once

#include "field/field.hpp"

namespace zkc {

struct Bn254FqParams {
    static constexpr Limbs<4> modulus = {0x3c208c16d87cfd47, 0x97816a916871ca8d,
                                         0xb85045b68181585d, 0x30644e72e131a029};
    static constexpr u64 inverse_64 = 0x87d20782e4866389;  // -q^-1 mod 2^64
    static constexpr u64 inverse_62 = 0x382df87d1b799c77;  // q^-1 mod 2^62
    static constexpr Limbs<4> one = {0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d,
                                     0x666ea36f7879462c, 0x0e0a77c19a07df2f};  // 2^256 mod q
    static constexpr Limbs<4> r2 = {0xf32cfc5b538afa89, 0xb5e71911d44501fb,
                                    0x47ab1eff0a417ff6, 0x06d89f71cab8351f};  // 2^512 mod q
    static constexpr Limbs<4> r3 = {0xb1cd6dafda1530df, 0x62f210e6a7283db6,
                                    0xef7f0b0c0ada0afb, 0x20fd6e902d592544};  // 2^768 mod q
};

struct Bn254FrParams {
    static constexpr Limbs<4> modulus = {0x43e1f593f0000001, 0x2833e84879b97091,
                                         0xb85045b68181585d, 0x30644e72e131a029};
    static constexpr u64 inverse_64 = 0xc2e1f593efffffff;  // -r^-1 mod 2^64
    static constexpr u64 inverse_62 = 0x3d1e0a6c10000001;  // r^-1 mod 2^62
    static constexpr Limbs<4> one = {0xac96341c4ffffffb, 0x36fc76959f60cd29,
                                     0x666ea36f7879462e, 0x0e0a77c19a07df2f};  // 2^256 mod r
    static constexpr Limbs<4> r2 = {0x1bb8e645ae216da7, 0x53fe3ab1e35c59e3,
                                    0x8c49833d53bb8085, 0x0216d0b17f4e44a5};  // 2^512 mod r
    static constexpr Limbs<4> r3 = {0x5e94d8e1b4bf0040, 0x2a489cbe1cfbb6b8,
                                    0x893cc664a19fcfed, 0x0cf8594b7fcc657c};  // 2^768 mod r

    // Roots of unity as in iden3's libraries: 5 is the smallest non-residue, and
    // root(s) = (5^((r-1)/2^28))^(2^(28-s)) generates the subgroup of order 2^s.
    static constexpr std::size_t two_adicity = 28;
    static constexpr Limbs<4> two_adic_root = {0x9bd61b6e725b19f0, 0x402d111e41112ed4,
                                               0x00e0a7eb8ef62abc, 0x2a3c09f0a58a7e85};
};

using Fq = Field<Bn254FqParams>;
using Fr = Field<Bn254FrParams>;

extern template struct Field<Bn254FqParams>;
extern template struct Field<Bn254FrParams>;

}  // namespace zkc
