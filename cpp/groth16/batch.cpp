// Many proofs under one key at once: Bellare, Garay, Rabin, "Fast batch verification for modular
// exponentiation and digital signatures", EUROCRYPT 1998, the small exponents test.
//
// With random weights z_i, all proofs hold if and only if, except with probability 2^-128,
//   prod e(z_i A_i, B_i) = e((sum z_i) alpha, beta) e(sum z_i IC(x_i), gamma) e(sum z_i C_i, delta):
// This takes n + 3 Miller loops and one final exponentiation. Proofs are gathered in blocks; a
// failing batch is searched by halves down to its bad blocks, and no Miller loop runs twice on the
// way.
#include <algorithm>
#include <memory>
#include <numeric>

#include "curve/endomorphism.hpp"
#include "groth16/groth16.hpp"
#include "msm/msm.hpp"
#include "pairing/miller_batch.hpp"
#include "system/parallel.hpp"
#include "system/secret.hpp"

namespace zkc {

namespace {

using Indices = std::vector<std::uint32_t>;

constexpr std::size_t kBlock = 64;    // enough to share an inversion, few enough for the cache
constexpr std::size_t kOneByOne = 4;  // up to here, verifying one by one costs no more

/// The weighted sums of some proofs; combine() joins the sums of disjoint sets.
struct Sums {
    Fq12 pairings = Fq12::one();
    Xyzz<G1> c = Xyzz<G1>::infinity();
    std::vector<Fr> scalars;  // sum z_i, then sum z_i x_ij for each input j

    void combine(const Sums& other) {
        pairings *= other.pairings;
        c = c + other.c;
        for (std::size_t j = 0; j < scalars.size(); ++j) scalars[j] += other.scalars[j];
    }
};

class Batch {
   public:
    Batch(const VerifyingKey& key, const Proof* proofs, const Fr::Int* inputs, std::size_t n)
        : key_(key), proofs_(proofs), inputs_(inputs), weights_(n) {
        for (SplitScalar& z : weights_) {
            do {
                random_bytes(&z, sizeof z);
            } while ((z.lo | z.hi) == 0);
        }
    }

    Indices invalid(unsigned threads) {
        const std::size_t n = weights_.size();
        if (n == 0) return {};
        const std::size_t lanes = std::max(1U, threads);
        const std::size_t rounds = (n + lanes * kBlock - 1) / (lanes * kBlock);
        const std::size_t count = std::min(n, rounds * lanes);
        std::vector<Indices> blocks(count);
        std::vector<Sums> sums(count);
        std::vector<Indices> bad(count);
        parallel_for(threads, count, [&](std::size_t k) {
            blocks[k].resize(n * (k + 1) / count - n * k / count);
            std::iota(blocks[k].begin(), blocks[k].end(),
                      static_cast<std::uint32_t>(n * k / count));
            sums[k] = gather(blocks[k], bad[k]);
        });
        std::vector<std::size_t> failing;
        failing_blocks(sums, 0, count, false, failing);
        parallel_for(threads, failing.size(), [&](std::size_t i) {
            search(blocks[failing[i]], bad[failing[i]]);
        });
        Indices out;
        for (const Indices& some : bad) out.insert(out.end(), some.begin(), some.end());
        std::sort(out.begin(), out.end());
        return out;
    }

   private:
    /// The sums of the proofs in `indices`; those with B outside the subgroup move to `bad`.
    Sums gather(Indices& indices, Indices& bad) const {
        Sums out;
        while (!pairings(indices, bad, out.pairings)) {
        }
        const std::size_t n = indices.size();
        std::vector<Affine<G1>> points(2 * n);
        std::vector<Fr::Int> halves(2 * n, Fr::Int{});
        out.scalars.assign(key_.n_public() + 1, Fr::zero());
        for (std::size_t k = 0; k < n; ++k) {
            const SplitScalar& z = weights_[indices[k]];
            points[2 * k] = proofs_[indices[k]].c;
            points[2 * k + 1] = endomorphism(points[2 * k]);
            halves[2 * k][0] = z.lo;
            halves[2 * k + 1][0] = z.hi;
            const Fr weight = z.value();
            out.scalars[0] += weight;
            const Fr::Int* x = inputs_ + key_.n_public() * indices[k];
            for (std::size_t j = 0; j < key_.n_public(); ++j) {
                out.scalars[j + 1] += weight * Fr::from_canonical(x[j]);
            }
        }
        out.c = msm(points.data(), halves.data(), 2 * n, 1);
        return out;
    }

    /// Sets `out` to prod e(z A, B) before the final exponentiation. Returns false if it removed
    /// bad proofs, whose pairings are still in `out`.
    bool pairings(Indices& indices, Indices& bad, Fq12& out) const {
        Indices live;  // a pair with infinity counts as one
        std::vector<Xyzz<G1>> scaled;
        std::vector<Affine<G2>> q;
        for (const std::uint32_t i : indices) {
            if (proofs_[i].a.is_infinity() || proofs_[i].b.is_infinity()) {
                if (!in_subgroup(proofs_[i].b)) bad.push_back(i);
                continue;
            }
            live.push_back(i);
            scaled.push_back(multiply(proofs_[i].a, weights_[i]));
            q.push_back(proofs_[i].b);
        }
        std::vector<Affine<G1>> p(live.size());
        batch_to_affine(scaled.data(), p.data(), p.size());
        const auto member = std::make_unique<bool[]>(live.size());
        out = miller_product(p.data(), q.data(), p.size(), member.get());
        for (std::size_t k = 0; k < live.size(); ++k) {
            if (!member[k]) bad.push_back(live[k]);
        }
        return std::erase_if(indices, [&bad](std::uint32_t i) {
                   return std::find(bad.begin(), bad.end(), i) != bad.end();
               }) == 0;
    }

    void failing_blocks(const std::vector<Sums>& sums, std::size_t from, std::size_t to,
                        bool known_bad, std::vector<std::size_t>& out) const {
        if (!known_bad) {
            Sums total = sums[from];
            for (std::size_t k = from + 1; k < to; ++k) total.combine(sums[k]);
            if (holds(total)) return;
        }
        if (to - from == 1) {
            out.push_back(from);
            return;
        }
        const std::size_t middle = from + (to - from) / 2;
        const std::size_t before = out.size();
        failing_blocks(sums, from, middle, false, out);
        // The whole fails: if the first half holds, the second one does not.
        failing_blocks(sums, middle, to, out.size() == before, out);
    }

    /// Appends to `bad` the bad proofs among `indices`, whose B are in the subgroup and whose sums
    /// fail. If both halves fail, many proofs may be bad, and then verifying one by one is cheaper:
    /// a batch never takes much longer than twice the time of its proofs one by one.
    void search(const Indices& indices, Indices& bad) const {
        if (indices.size() > kOneByOne) {
            const auto middle = indices.begin() + static_cast<std::ptrdiff_t>(indices.size() / 2);
            Indices first(indices.begin(), middle);
            Indices second(middle, indices.end());
            if (holds(gather(first, bad))) return search(second, bad);
            if (holds(gather(second, bad))) return search(first, bad);
        }
        for (const std::uint32_t i : indices) {
            if (!key_.verify(proofs_[i], inputs_ + key_.n_public() * i, 1)) bad.push_back(i);
        }
    }

    bool holds(const Sums& sums) const {
        return key_.holds(sums.pairings, sums.scalars.data(), sums.c.to_affine());
    }

    const VerifyingKey& key_;
    const Proof* proofs_;
    const Fr::Int* inputs_;
    std::vector<SplitScalar> weights_;
};

}  // namespace

bool VerifyingKey::holds(const Fq12& pairings, const Fr* scalars, const Affine<G1>& c) const {
    std::vector<Fr::Int> canonical(n_public() + 1);
    for (std::size_t j = 0; j <= n_public(); ++j) canonical[j] = scalars[j].to_canonical();
    const Affine<G1> alpha = multiply(alpha1_, canonical[0]).to_affine();
    const Affine<G1> inputs = ic_(canonical.data()).to_affine();
    const Fq12 f = miller_loop({}, {{-alpha, &beta_}, {-inputs, &gamma_}, {-c, &delta_}});
    return final_exponentiation(pairings * f).is_one();
}

std::vector<std::uint32_t> VerifyingKey::find_invalid(const Proof* proofs, const Fr::Int* inputs,
                                                      std::size_t n, unsigned threads) const {
    return Batch(*this, proofs, inputs, n).invalid(threads);
}

}  // namespace zkc
