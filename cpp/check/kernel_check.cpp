// Checks sums over awkward bases, transforms and sparse rows against their slow twins, in the unit
// in use.
//
// tests/kernel builds it with sanitizers. It checks what uses the units' vectors and no more,
// because such builds take long. Prints the unit's name and a digest of all results, which must be
// the same in every build and unit; exits with 1 if a result is wrong.
#include "check/vectors.hpp"
#include "msm/sum.hpp"
#include "transform/lane_transform.hpp"
#include "transform/ntt.hpp"
#include "witness/r1cs.hpp"

namespace {

using namespace zkc;
using namespace zkc::check;

Digest results;

Fr::Int minus(const Fr::Int& value) { return (-Fr::from_canonical(value)).to_canonical(); }

// --- sums ------------------------------------------------------------------------------------

/// Equal neighbours, opposite ones, infinity, an arithmetic progression.
template <class G>
std::vector<Affine<G>> awkward(std::size_t n) {
    std::vector<Affine<G>> out;
    for (std::size_t i = 0; i < n; ++i) {
        const Affine<G> fresh = multiply(Affine<G>::generator(), Fr::Int{3 * i + 1}).to_affine();
        switch (i % 7) {
            case 1: out.push_back(out.back()); break;
            case 3: out.push_back(-out.back()); break;
            case 5: out.push_back(Affine<G>::infinity()); break;
            default: out.push_back(fresh);
        }
    }
    return out;
}

std::vector<Fr::Int> mixed_scalars(std::size_t n) {
    const Fr::Int one{1}, half{Fr::Params::modulus[0] >> 1 | Fr::Params::modulus[1] << 63,
                               Fr::Params::modulus[1] >> 1 | Fr::Params::modulus[2] << 63,
                               Fr::Params::modulus[2] >> 1 | Fr::Params::modulus[3] << 63,
                               Fr::Params::modulus[3] >> 1};
    std::vector<Fr::Int> out;
    for (std::size_t i = 0; i < n; ++i) {
        switch (i % 6) {
            case 0: out.push_back(number()); break;
            case 1: out.push_back(one); break;
            case 2: out.push_back(minus(one)); break;
            case 3: out.push_back(Fr::Int{}); break;
            case 4: out.push_back(half); break;
            default: out.push_back(Fr::Int{random_words() % 100});
        }
    }
    return out;
}

template <class G>
void check_sums() {
    for (const std::size_t n : {0, 1, 2, 3, 4, 7, 8, 9, 33, 70}) {
        const auto bases = awkward<G>(n);
        const auto scalars = mixed_scalars(n);
        const Affine<G> wanted = msm_naive(bases.data(), scalars.data(), n);
        results.note(wanted);
        const auto same = [&](const Xyzz<G>& sum) { return sum.to_affine() == wanted; };
        require(same(msm(bases.data(), scalars.data(), n, 2)), "sum");
        require(same(sum_of_products(bases.data(), scalars.data(), n, 2)), "sum of products");
        for (const std::size_t budget : {0, 150, 5000}) {
            const WindowShape shape = WindowShape::choose(n, budget);
            const WindowTable<G> table(bases.data(), n, shape, 2);
            const Recoding digits(scalars.data(), n, shape);
            for (const unsigned threads : {1, 3}) {
                require(same(window_msm(table, digits, threads)), "sum by tables");
            }
        }
    }
}

// --- transforms and rows -----------------------------------------------------------------------

void check_transforms() {
    for (std::size_t log = 0; log < 9; ++log) {
        const auto tables = domain<Fr>(log);
        std::vector<Fr> fast = elements(std::size_t{1} << log), slow = fast;
        for (const bool inverse : {false, true}) {
            tables->transform(fast.data(), inverse, 2);
            tables->transform_naive(slow.data(), inverse);
            require(fast == slow, "transform");
            results.note(fast);
        }
    }
}

/// Values on the n-th roots of unity to values on the odd 2n-th roots.
void check_odd_coset() {
    for (std::size_t log = lanes::kMinLogTransform; log < 10; ++log) {
        const std::size_t n = std::size_t{1} << log;
        const std::vector<Fr> given = elements(n);
        std::vector<Fr> slow = given;
        const auto tables = domain<Fr>(log);
        tables->transform_naive(slow.data(), true);
        Fr shift = Fr::one();
        for (Fr& term : slow) {
            term *= shift;
            shift *= root_of_unity<Fr>(log + 1);
        }
        tables->transform_naive(slow.data(), false);
        results.note(slow);
        if (LaneUnit::in_use == nullptr) continue;
        LaneVector values(n, true), work(n, true);
        for (std::size_t i = 0; i < n; ++i) values.set(i, given[i]);
        LaneUnit::in_use->to_odd_coset(LaneTransform::of(log)->view(), values.data(), work.data());
        for (std::size_t i = 0; i < n; ++i) require(values.get(i) == slow[i], "odd coset");
    }
}

SparseMatrix matrix(const std::vector<std::size_t>& lengths, std::size_t n_wires) {
    SparseMatrix out;
    out.row_start.push_back(0);
    for (const std::size_t length : lengths) {
        for (std::size_t i = 0; i < length; ++i) {
            out.wires.push_back(static_cast<std::uint32_t>(random_words() % n_wires));
            out.coefficients.push_back(i % 3 == 0 ? Fr::one() : Fr::from_canonical(number()));
        }
        out.row_start.push_back(static_cast<std::uint32_t>(out.wires.size()));
    }
    out.prepare();
    return out;
}

/// Rows of all lengths; then one of them is broken.
void check_rows() {
    constexpr std::size_t n_wires = 21;
    std::vector<std::size_t> lengths = {0, 1, 2, 7, 8, 9, 63, 64, 65, 128, 129, 300, 1};
    const std::vector<std::size_t> others(lengths.rbegin(), lengths.rend());
    std::vector<Fr> wires = elements(n_wires);
    wires[0] = Fr::one();
    std::vector<Fr::Int> witness;
    for (const Fr& wire : wires) witness.push_back(wire.to_canonical());
    ConstraintSystem system{n_wires, 0, matrix(lengths, n_wires), matrix(others, n_wires), {}};
    for (const std::size_t broken : {lengths.size(), std::size_t{0}, std::size_t{8}}) {
        SparseMatrix c = matrix(std::vector<std::size_t>(lengths.size(), 1), 1);
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            const Fr right = system.a.row_times(i, wires.data()) *
                             system.b.row_times(i, wires.data());
            results.note(right);
            c.coefficients[i] = i == broken ? right + Fr::one() : right;
        }
        c.scales.clear();
        c.prepare();
        system.c = std::move(c);
        const std::int64_t first =
            broken < lengths.size() ? static_cast<std::int64_t>(broken) : -1;
        require(system.first_unsatisfied(witness.data()) == first, "rows");
        require(system.first_unsatisfied_naive(wires.data()) == first, "rows, one by one");
    }
}

}  // namespace

int main() {
    const std::string_view unit = take_unit();
    check_sums<G1>();
    check_sums<G2>();
    check_transforms();
    check_odd_coset();
    check_rows();
    results.print(unit);
}
