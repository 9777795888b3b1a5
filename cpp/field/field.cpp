#include "field/bn254.hpp"
#include "field/inverse.hpp"

namespace zkc {

template <class P>
Field<P> Field<P>::pow(const Int& exponent) const {
    Field out = one();
    for (std::size_t i = bit_length(exponent); i-- > 0;) {
        out = out.square();
        if (bit(exponent, i)) out *= *this;
    }
    return out;
}

template <class P>
Field<P> Field<P>::inverse() const {
    // Montgomery forms: (a R)^-1 R^3 / R = a^-1 R.
    return Field{invert_mod(to_montgomery(), P::modulus, P::inverse_62)} * Field{P::r3};
}

template <class P>
Field<P> Field<P>::inverse_naive() const {
    Int e = P::modulus;
    e[0] -= 2;  // p is odd and its low limb at least 2
    return pow(e);
}

template <class P>
void Field<P>::multiply_portable(Field& out, const Field& a, const Field& b) {
    u64 t[N] = {};
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) {
        u128 w = static_cast<u128>(a.v[0]) * b.v[i] + t[0];
        u64 carry_w = static_cast<u64>(w >> 64);
        const u64 low = static_cast<u64>(w);
        const u64 m = low * P::inverse_64;
        u128 z = static_cast<u128>(m) * P::modulus[0] + low;
        u64 carry_z = static_cast<u64>(z >> 64);
#pragma GCC unroll 8
        for (std::size_t j = 1; j < N; ++j) {
            w = static_cast<u128>(a.v[j]) * b.v[i] + t[j] + carry_w;
            carry_w = static_cast<u64>(w >> 64);
            z = static_cast<u128>(m) * P::modulus[j] + static_cast<u64>(w) + carry_z;
            carry_z = static_cast<u64>(z >> 64);
            t[j - 1] = static_cast<u64>(z);
        }
        t[N - 1] = carry_w + carry_z;
    }
#pragma GCC unroll 8
    for (std::size_t j = 0; j < N; ++j) out.v[j] = t[j];
}

template <class P>
typename Field<P>::Product Field<P>::product = &Field<P>::multiply_portable;

template struct Field<Bn254FqParams>;
template struct Field<Bn254FrParams>;

}  // namespace zkc
