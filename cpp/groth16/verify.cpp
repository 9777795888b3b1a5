#include "groth16/groth16.hpp"

#include <algorithm>
#include <stdexcept>

#include "system/parallel.hpp"

namespace zkc {

VerifyingKey::VerifyingKey(const Affine<G1>& alpha1, const Affine<G2>& beta2,
                           const Affine<G2>& gamma2, const Affine<G2>& delta2,
                           const std::vector<Affine<G1>>& ic)
    : ic_(ic),
      alpha1_(alpha1),
      beta_(prepare_unit_lines(beta2)),
      gamma_(prepare_unit_lines(gamma2)),
      delta_(prepare_unit_lines(delta2)) {
    if (ic.empty()) throw std::invalid_argument("ic: expected at least one point");
    alpha_beta_ = final_exponentiation(miller_loop({}, {{alpha1, &beta_}}));
}

bool VerifyingKey::verify(const Proof& proof, const Fr::Int* public_inputs,
                          unsigned threads) const {
    Lines b;
    const auto lines_of_b = [&] { return prepare_member_lines(proof.b, b); };
    const auto inputs = [&] {
        std::vector<Fr::Int> scalars(n_public() + 1);
        scalars[0] = Fr::Int{1};
        std::copy(public_inputs, public_inputs + n_public(), scalars.begin() + 1);
        return -ic_(scalars.data()).to_affine();
    };
    Fq12 f;
    if (threads < 2) {
        if (!lines_of_b()) return false;
        f = miller_loop({{proof.a, &b}}, {{inputs(), &gamma_}, {-proof.c, &delta_}});
    } else {
        // A pair's lines take about as long as the two pairs whose lines are known.
        bool member = false;
        Fq12 first, second;
        parallel_for(2, 2, [&](std::size_t half) {
            if (half == 0) {
                member = lines_of_b();
                if (member) first = miller_loop({{proof.a, &b}});
            } else {
                second = miller_loop({}, {{inputs(), &gamma_}, {-proof.c, &delta_}});
            }
        });
        if (!member) return false;
        f = first * second;
    }
    return final_exponentiation(f) == alpha_beta_;
}

}  // namespace zkc
