#include "curve/endomorphism.hpp"

namespace zkc {

Fr SplitScalar::value() const {
    static const Fr lambda =
        Fr::from_canonical({0x8b17ea66b99c90dd, 0x5bfc41088d8daaa7, 0xb3c4d79d41a91758, 0});
    return Fr::from_u64(lo) + Fr::from_u64(hi) * lambda;
}

Affine<G1> endomorphism(const Affine<G1>& p) {
    static const Fq beta =
        Fq::from_canonical({0x5763473177fffffe, 0xd4f263f1acdb5c4f, 0x59e26bcea0d48bac, 0});
    return {p.x * beta, p.y};
}

Xyzz<G1> multiply(const Affine<G1>& p, const SplitScalar& scalar) {
    const Affine<G1> image = endomorphism(p);
    std::array<Xyzz<G1>, 16> table;  // table[i + 4 j] = i P + j phi(P)
    table[0] = Xyzz<G1>::infinity();
    for (std::size_t k = 1; k < 16; ++k) {
        table[k] = table[k % 4 == 0 ? k - 4 : k - 1];
        table[k].add(k % 4 == 0 ? image : p);
    }
    Xyzz<G1> out = Xyzz<G1>::infinity();
    for (unsigned at = 64; at > 0;) {
        at -= 2;
        out = out.doubled().doubled();
        out = out + table[((scalar.lo >> at) & 3) + 4 * ((scalar.hi >> at) & 3)];
    }
    return out;
}

}  // namespace zkc
