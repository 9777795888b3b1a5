#include "groth16/groth16.hpp"

#include <stdexcept>

#include "field/batch_invert.hpp"
#include "msm/fixed_base.hpp"
#include "transform/ntt.hpp"

namespace zkc {

namespace {

using Scalars = SecretVector<Fr>;

/// L_j(tau) = (tau^n - 1) w^j / (n (tau - w^j)) for the n-th roots of unity w^j.
Scalars lagrange_at(const Fr& tau, std::size_t log_size) {
    const std::size_t n = std::size_t{1} << log_size;
    const Fr root = root_of_unity<Fr>(log_size);
    Secret<Fr> vanishing(tau);
    for (std::size_t i = 0; i < log_size; ++i) vanishing.value = vanishing.value.square();
    vanishing.value -= Fr::one();
    if (vanishing.value.is_zero()) {
        throw std::invalid_argument("toxic: tau is a root of unity of the domain");
    }
    const Fr scale = vanishing.value * Fr::from_u64(n).inverse();
    Scalars out(n), points(n);
    Fr point = Fr::one();
    for (std::size_t j = 0; j < n; ++j) {
        points[j] = point;
        out[j] = tau - point;
        point *= root;
    }
    batch_invert(out.data(), n);
    for (std::size_t j = 0; j < n; ++j) out[j] = out[j] * points[j] * scale;
    return out;
}

/// Adds M_i(tau) = sum over rows of m_ji L_j to out[i].
void add_columns(const SparseMatrix& matrix, const Scalars& lagrange, Scalars& out) {
    for (std::size_t row = 0; row < matrix.rows(); ++row) {
        for (std::size_t k = matrix.row_start[row]; k < matrix.row_start[row + 1]; ++k) {
            add_scaled(out[matrix.wires[k]], matrix.scales[k], matrix.coefficients[k],
                       lagrange[row]);
        }
    }
}

template <class G>
std::vector<Affine<G>> in_exponent(const Scalars& values, unsigned threads) {
    SecretVector<Fr::Int> scalars(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) scalars[i] = values[i].to_canonical();
    std::vector<Affine<G>> out(values.size());
    generator_table<G>().times(scalars.data(), out.data(), out.size(), threads);
    return out;
}

template <class G>
Affine<G> in_exponent(const Fr& value) {
    const Secret<Fr::Int> scalar(value.to_canonical());
    return generator_table<G>().times(scalar.value).to_affine();
}

}  // namespace

std::size_t domain_log_size(const ConstraintSystem& system) {
    const std::size_t needed = system.n_constraints() + system.n_public + 1;
    std::size_t log_size = 1;
    while ((std::size_t{1} << log_size) < needed) ++log_size;
    if (log_size >= Fr::Params::two_adicity) {
        throw std::invalid_argument("r1cs: more than 2^27 constraints");
    }
    return log_size;
}

SetupResult groth16_setup(const ConstraintSystem& system, const Trapdoor& trapdoor,
                          unsigned threads) {
    for (const Fr* value : {&trapdoor.tau, &trapdoor.alpha, &trapdoor.beta, &trapdoor.gamma,
                            &trapdoor.delta}) {
        if (value->is_zero()) throw std::invalid_argument("toxic: zero");
    }
    const std::size_t log_size = domain_log_size(system);
    const std::size_t n_private = system.n_wires - system.n_public - 1;
    const Secret<Fr> gamma_inverse(trapdoor.gamma.inverse());
    const Secret<Fr> delta_inverse(trapdoor.delta.inverse());

    Scalars a(system.n_wires, Fr::zero()), b(a), c(a);
    {
        const Scalars lagrange = lagrange_at(trapdoor.tau, log_size);
        add_columns(system.a, lagrange, a);
        add_columns(system.b, lagrange, b);
        add_columns(system.c, lagrange, c);
        for (std::size_t s = 0; s <= system.n_public; ++s) {
            a[s] += lagrange[system.n_constraints() + s];
        }
    }
    Scalars ic(system.n_public + 1), rest(n_private);
    for (std::size_t i = 0; i < system.n_wires; ++i) {
        const Fr k = trapdoor.beta * a[i] + trapdoor.alpha * b[i] + c[i];
        if (i <= system.n_public) {
            ic[i] = k * gamma_inverse.value;
        } else {
            rest[i - system.n_public - 1] = k * delta_inverse.value;
        }
    }
    Scalars h(std::size_t{1} << log_size);
    {
        const Scalars doubled = lagrange_at(trapdoor.tau, log_size + 1);
        for (std::size_t i = 0; i < h.size(); ++i) h[i] = doubled[2 * i + 1] * delta_inverse.value;
    }
    return {in_exponent<G1>(trapdoor.alpha), in_exponent<G1>(trapdoor.beta),
            in_exponent<G1>(trapdoor.delta), in_exponent<G2>(trapdoor.beta),
            in_exponent<G2>(trapdoor.gamma), in_exponent<G2>(trapdoor.delta),
            in_exponent<G1>(ic, threads),    in_exponent<G1>(a, threads),
            in_exponent<G1>(b, threads),     in_exponent<G1>(rest, threads),
            in_exponent<G1>(h, threads),     in_exponent<G2>(b, threads)};
}

}  // namespace zkc
