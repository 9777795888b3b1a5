#include "msm/table.hpp"

#include <algorithm>
#include <cstring>

#include "system/parallel.hpp"

namespace zkc {

WindowShape WindowShape::choose(std::size_t n, std::size_t budget) {
    WindowShape best{2, 1};
    u64 least = ~u64{0};
    for (std::size_t width = 2; width <= kMaxWidth; ++width) {
        const std::size_t windows = WindowShape{width, 1}.windows();
        for (std::size_t multiples = 1; multiples <= windows; ++multiples) {
            const WindowShape shape{width, multiples};
            if (multiples > 1 && multiples * n > budget) break;
            // Scalar work at the end: a doubling costs about five batch additions.
            const u64 cost = n * windows + 2 * shape.buckets() +
                             5 * width * multiples * (shape.sets() - 1) +
                             8 * width * shape.sets();
            if (cost < least) {
                least = cost;
                best = shape;
            }
        }
    }
    return best;
}

template <class G>
WindowTable<G>::WindowTable(const Affine<G>* bases, std::size_t n, WindowShape shape)
    : shape_(shape), first_(n, kAbsent) {
    for (std::size_t i = 0; i < n; ++i) {
        if (bases[i].is_infinity()) continue;
        if (present_.size() >= lanes::kNegated / 2 / shape.multiples) throw std::bad_alloc();
        first_[i] = static_cast<std::uint32_t>(present_.size() * shape.multiples);
        present_.push_back(static_cast<std::uint32_t>(i));
    }
    points_ = AlignedBytes(present_.size() * shape.multiples * kPackedBytes<G>, false);
}

template <class G>
void WindowTable<G>::grow(const Affine<G>* bases, u64& additions, unsigned threads) {
    while (!complete()) {
        // Steps that run at once are of different blocks.
        const std::size_t at_once = std::min(blocks(), steps() - steps_done_);
        const auto count = static_cast<std::size_t>(
            std::min<u64>(at_once, additions / cost_of_step()));
        if (count == 0) return;
        parallel_ranges(threads, count, 1, [&](std::size_t from, std::size_t to) {
            run_steps(bases, steps_done_ + from, steps_done_ + to);
        });
        steps_done_ += count;
        additions -= count * cost_of_step();
    }
    present_ = {};
}

template <class G>
void WindowTable<G>::run_steps(const Affine<G>* bases, std::size_t from, std::size_t to) {
    constexpr std::size_t at_once = 8 * lanes::kBlocksAtOnce;
    static_assert(kBlock % at_once == 0);
    AlignedBytes work, scratch;
    packed::Additions doublings;
    for (std::size_t step = from; step < to; ++step) {
        const std::size_t multiple = step / blocks(), begin = step % blocks() * kBlock;
        const std::size_t n = std::min(kBlock, present() - begin);
        const auto at = [&](std::size_t k, std::size_t which) {
            return points_.data() + ((begin + k) * shape_.multiples + which) * kPackedBytes<G>;
        };
        if (multiple == 0) {
            for (std::size_t k = 0; k < n; ++k) packed::store(at(k, 0), bases[present_[begin + k]]);
            continue;
        }
        if (work.size() == 0) {
            work = AlignedBytes(kBlock * kPackedBytes<G>, false);
            scratch = AlignedBytes(lanes::kScratchBytes, false);
        }
        doublings.restart(n);
        for (std::size_t k = 0; k < n || k % at_once != 0; ++k) {
            std::memcpy(work.data() + k * kPackedBytes<G>, at(std::min(k, n - 1), multiple - 1),
                        kPackedBytes<G>);
            const auto place = static_cast<std::uint32_t>(k);
            doublings.push(place, place, place);
        }
        lanes::AddRequest request{nullptr,
                                  work.data(),
                                  0,
                                  doublings.blocks(),
                                  doublings.n_blocks(),
                                  scratch.data(),
                                  false,
                                  packed::invert,
                                  packed::complete<G>};
        for (std::size_t d = 0; d < shape_.width; ++d) packed::Adders<G>::twice(request);
        for (std::size_t k = 0; k < n; ++k) {
            std::memcpy(at(k, multiple), work.data() + k * kPackedBytes<G>, kPackedBytes<G>);
        }
    }
}

template class WindowTable<G1>;
template class WindowTable<G2>;

}  // namespace zkc
