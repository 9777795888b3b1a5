#include "groth16.hpp"

namespace zkc {

VerifyingKey::VerifyingKey(const Affine<G1>& alpha1, const Affine<G2>& beta2,
                           const Affine<G2>& gamma2, const Affine<G2>& delta2,
                           std::vector<Affine<G1>> ic)
    : ic_(std::move(ic)), gamma_(prepare_lines(gamma2)), delta_(prepare_lines(delta2)) {
    if (ic_.empty()) throw std::invalid_argument("ic: expected at least one point");
    const Lines beta = prepare_lines(beta2);
    alpha_beta_ = final_exponentiation(miller_loop({{alpha1, &beta}}));
}

bool VerifyingKey::verify(const Proof& proof, const Fr::Int* public_inputs) const {
    Xyzz<G1> inputs = Xyzz<G1>::from(ic_[0]);
    for (std::size_t i = 0; i < n_public(); ++i) {
        inputs = inputs + multiply(ic_[i + 1], public_inputs[i]);
    }
    const Lines b = prepare_lines(proof.b);
    const Fq12 f = miller_loop(
        {{proof.a, &b}, {-inputs.to_affine(), &gamma_}, {-proof.c, &delta_}});
    return final_exponentiation(f) == alpha_beta_;
}

}  // namespace zkc
