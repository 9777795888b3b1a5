// Multi-scalar multiplication: sum of k_i P_i.
//
// Bucket method (Pippenger; Bernstein, Doumen, Lange, Oosterwijk, "Faster batch forgery
// identification", 2012, section 4) with signed digits. Each scalar is first replaced by the
// smaller of k and r - k, so that 0, 1, -1 and all small scalars of either sign have few non-zero
// digits and cost little. The window width follows from the bit lengths of the scalars.
//
// A job is cut into windows; many jobs run as one list of tasks, so that threads stay busy. The sum
// is formed in a fixed order, so the result does not depend on the number of threads.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "curve/curve.hpp"
#include "msm/digits.hpp"
#include "system/secret.hpp"

namespace zkc {

/// A task with its estimated cost, in units of a tenth of an addition in G1. Costs are integers,
/// because floating-point numbers would depend on the caller's rounding and leave their flags.
struct MsmTask {
    u64 cost;
    std::function<void()> run;
};

template <class G>
class MsmJob {
   public:
    /// scalars are canonical; the caller keeps `bases` alive until the tasks have run.
    MsmJob(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n);

    void add_tasks(std::vector<MsmTask>& tasks);

    Xyzz<G> result() const;

   private:
    struct Entry {
        WideScalar digits;  // scalar plus the offset that makes every window non-negative
        u64 negate;
    };

    /// Writes min(k, r - k) and its sign; returns its bit length.
    static std::size_t prepare(const Fr::Int& scalar, Entry& out);

    /// Chooses the width that needs the fewest additions, given how many scalars have each bit
    /// length.
    void choose_window(const std::array<std::size_t, 256>& lengths);

    void run_window(std::size_t w);

    static constexpr std::size_t kMaxWidth = 16;
    static constexpr u64 kPointCost = 10;
    static constexpr u64 kBucketCost = 26;  // two full additions; each costs 1.3 mixed ones

    const Affine<G>* bases_;
    SecretVector<Entry> scalars_;
    SecretVector<Xyzz<G>> sums_;
    std::size_t width_ = 2;
    std::size_t windows_ = 1;
    u64 cost_of_window_ = 0;
};

/// Runs the tasks of several jobs together, the costliest first.
void run_tasks(std::vector<MsmTask>& tasks, unsigned threads);

template <class G>
Xyzz<G> msm(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n, unsigned threads);

/// Slow twin of msm.
template <class G>
Affine<G> msm_naive(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n);

}  // namespace zkc
