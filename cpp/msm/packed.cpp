#include "msm/packed.hpp"

#include <cstring>

namespace zkc::packed {

namespace {

/// x 2^260 mod q, from the field element x.
void store(unsigned char* at, const Fq& x) {
    static const Fq sixteen = Fq::from_u64(16);
    const Fq::Int v = (x * sixteen).to_montgomery();
    std::memcpy(at, v.data(), sizeof v);
}
void store(unsigned char* at, const Fq2& x) {
    store(at, x.c0);
    store(at + 32, x.c1);
}
/// 16 x, from any x 2^260 mod q below 2^256.
Fq load_times_16(const Fq::Int& v) {
    Fq::Int low = v, t;
    while (sub(t, low, Fq::Params::modulus) == 0) low = t;
    return Fq::from_montgomery(low);
}
void load(const unsigned char* at, Fq& x) {
    static const Fq sixteenth = Fq::from_u64(16).inverse();
    Fq::Int v;
    std::memcpy(v.data(), at, sizeof v);
    x = load_times_16(v) * sixteenth;
}
void load(const unsigned char* at, Fq2& x) {
    load(at, x.c0);
    load(at + 32, x.c1);
}

}  // namespace

template <class G>
void store(unsigned char* at, const Affine<G>& p) {
    if (!for_vectors) {
        std::memcpy(at, &p, sizeof p);
        return;
    }
    store(at, p.x);
    store(at + kPackedBytes<G> / 2, p.y);
}

template <class G>
Affine<G> load(const unsigned char* at) {
    Affine<G> p;
    if (!for_vectors) {
        std::memcpy(&p, at, sizeof p);
        return p;
    }
    load(at, p.x);
    load(at + kPackedBytes<G> / 2, p.y);
    return p;
}

void invert(std::uint64_t value[4]) {
    static const Fq scale = Fq::from_u64(256);
    const Fq x = load_times_16({value[0], value[1], value[2], value[3]});
    const Fq::Int v = (x.inverse() * scale).to_montgomery();
    std::memcpy(value, v.data(), sizeof v);
}

template <class G>
bool complete(const unsigned char* a, bool negate_a, const unsigned char* b, bool negate_b,
              unsigned char* out) {
    const Affine<G> p = load<G>(a), q = load<G>(b);
    const Affine<G> sum = add_naive(negate_a ? -p : p, negate_b ? -q : q);
    const bool infinity = sum.is_infinity();
    if (infinity) {
        std::memset(out, 0, kPackedBytes<G>);
    } else {
        store(out, sum);
    }
    return infinity;
}

template void store(unsigned char*, const Affine<G1>&);
template void store(unsigned char*, const Affine<G2>&);
template Affine<G1> load(const unsigned char*);
template Affine<G2> load(const unsigned char*);
template bool complete<G1>(const unsigned char*, bool, const unsigned char*, bool, unsigned char*);
template bool complete<G2>(const unsigned char*, bool, const unsigned char*, bool, unsigned char*);

}  // namespace zkc::packed
