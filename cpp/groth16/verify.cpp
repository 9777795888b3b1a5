#include "groth16/groth16.hpp"

#include <algorithm>
#include <stdexcept>

namespace zkc {

VerifyingKey::VerifyingKey(const Affine<G1>& alpha1, const Affine<G2>& beta2,
                           const Affine<G2>& gamma2, const Affine<G2>& delta2,
                           const std::vector<Affine<G1>>& ic)
    : ic_(ic),
      alpha1_(alpha1),
      beta_(prepare_lines(beta2)),
      gamma_(prepare_lines(gamma2)),
      delta_(prepare_lines(delta2)) {
    if (ic.empty()) throw std::invalid_argument("ic: expected at least one point");
    alpha_beta_ = final_exponentiation(miller_loop({{alpha1, &beta_}}));
}

bool VerifyingKey::verify(const Proof& proof, const Fr::Int* public_inputs) const {
    Lines b;
    if (!prepare_member_lines(proof.b, b)) return false;
    std::vector<Fr::Int> scalars(n_public() + 1);
    scalars[0] = Fr::Int{1};
    std::copy(public_inputs, public_inputs + n_public(), scalars.begin() + 1);
    const Affine<G1> inputs = ic_(scalars.data()).to_affine();
    const Fq12 f = miller_loop({{proof.a, &b}, {-inputs, &gamma_}, {-proof.c, &delta_}});
    return final_exponentiation(f) == alpha_beta_;
}

}  // namespace zkc
