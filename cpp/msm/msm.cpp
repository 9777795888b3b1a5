#include "msm/msm.hpp"

#include <algorithm>

#include "system/parallel.hpp"

namespace zkc {

template <class G>
MsmJob<G>::MsmJob(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n)
    : bases_(bases), scalars_(n) {
    std::array<std::size_t, 256> lengths{};
    for (std::size_t i = 0; i < n; ++i) ++lengths[prepare(scalars[i], scalars_[i])];
    choose_window(lengths);
    const WideScalar offset = digit_offset(windows_, width_);
    for (Entry& entry : scalars_) {
        unsigned char carry = 0;
        for (std::size_t k = 0; k < 5; ++k) {
            carry = add_carry(carry, entry.digits[k], offset[k], entry.digits[k]);
        }
    }
    sums_.assign(windows_, Xyzz<G>::infinity());
}

template <class G>
void MsmJob<G>::add_tasks(std::vector<MsmTask>& tasks) {
    for (std::size_t w = 0; w < windows_; ++w) {
        // Few scalars reach beyond the lowest windows, so the lowest ones come first.
        tasks.push_back({cost_of_window_ * (w == 0 ? 3 : 2) / 2, [this, w] { run_window(w); }});
    }
}

template <class G>
Xyzz<G> MsmJob<G>::result() const {
    Xyzz<G> out = Xyzz<G>::infinity();
    for (std::size_t w = windows_; w-- > 0;) {
        for (std::size_t k = 0; k < width_; ++k) out = out.doubled();
        out = out + sums_[w];
    }
    return out;
}

template <class G>
std::size_t MsmJob<G>::prepare(const Fr::Int& scalar, Entry& out) {
    Fr::Int other;
    sub(other, Fr::Params::modulus, scalar);
    const bool negate = less(other, scalar);
    const Fr::Int& chosen = negate ? other : scalar;
    out = {{chosen[0], chosen[1], chosen[2], chosen[3], 0}, negate ? u64{1} : u64{0}};
    return bit_length(chosen);
}

template <class G>
void MsmJob<G>::choose_window(const std::array<std::size_t, 256>& lengths) {
    std::size_t longest = 0;
    for (std::size_t b = 0; b < lengths.size(); ++b) longest = lengths[b] > 0 ? b : longest;
    u64 best = ~u64{0};
    for (std::size_t c = 2; c <= kMaxWidth; ++c) {
        // Two spare bits: the sign of the top digit and the carry into it.
        const std::size_t windows = (longest + 2 + c - 1) / c;
        u64 cost = kBucketCost * (u64{windows} << (c - 1));
        for (std::size_t b = 1; b < lengths.size(); ++b) {
            cost += kPointCost * lengths[b] * ((b + c - 1) / c);
        }
        if (cost < best) {
            best = cost;
            width_ = c;
            windows_ = windows;
        }
    }
    constexpr u64 unit = sizeof(typename G::F) / sizeof(Fq);
    cost_of_window_ = unit * unit * best / windows_;
}

template <class G>
void MsmJob<G>::run_window(std::size_t w) {
    const std::size_t half = std::size_t{1} << (width_ - 1);
    SecretVector<Xyzz<G>> buckets(half, Xyzz<G>::infinity());
    std::size_t highest = 0;
    for (std::size_t i = 0; i < scalars_.size(); ++i) {
        const u64 window = bits_at(scalars_[i].digits, w * width_, width_);
        if (window == half) continue;
        const bool below = window < half;
        const std::size_t digit = below ? half - window : window - half;
        if (digit > highest) highest = digit;
        buckets[digit - 1].add(bases_[i], below != (scalars_[i].negate != 0));
    }
    Xyzz<G> running = Xyzz<G>::infinity();
    Xyzz<G> sum = Xyzz<G>::infinity();
    for (std::size_t d = highest; d-- > 0;) {
        running = running + buckets[d];
        sum = sum + running;
    }
    sums_[w] = sum;
}

void run_tasks(std::vector<MsmTask>& tasks, unsigned threads) {
    std::stable_sort(tasks.begin(), tasks.end(),
                     [](const MsmTask& a, const MsmTask& b) { return a.cost > b.cost; });
    parallel_for(threads, tasks.size(), [&](std::size_t i) { tasks[i].run(); });
}

template <class G>
Xyzz<G> msm(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n, unsigned threads) {
    MsmJob<G> job(bases, scalars, n);
    std::vector<MsmTask> tasks;
    job.add_tasks(tasks);
    run_tasks(tasks, threads);
    return job.result();
}

template <class G>
Affine<G> msm_naive(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n) {
    Affine<G> out = Affine<G>::infinity();
    for (std::size_t i = 0; i < n; ++i) {
        out = add_naive(out, multiply_naive(bases[i], scalars[i]));
    }
    return out;
}

template class MsmJob<G1>;
template class MsmJob<G2>;
template Xyzz<G1> msm(const Affine<G1>*, const Fr::Int*, std::size_t, unsigned);
template Xyzz<G2> msm(const Affine<G2>*, const Fr::Int*, std::size_t, unsigned);
template Affine<G1> msm_naive(const Affine<G1>*, const Fr::Int*, std::size_t);
template Affine<G2> msm_naive(const Affine<G2>*, const Fr::Int*, std::size_t);

}  // namespace zkc
