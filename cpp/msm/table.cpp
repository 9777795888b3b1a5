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
WindowTable<G>::WindowTable(const Affine<G>* bases, std::size_t n, WindowShape shape,
                            unsigned threads)
    : shape_(shape), first_(n, kAbsent) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (!bases[i].is_infinity()) first_[i] = static_cast<std::uint32_t>(count++);
    }
    if (count * shape.multiples >= lanes::kNegated / 2) throw std::bad_alloc();
    points_ = AlignedBytes(count * shape.multiples * kPackedBytes<G>, false);
    for (auto& at : first_) {
        if (at != kAbsent) at *= static_cast<std::uint32_t>(shape.multiples);
    }
    parallel_ranges(threads, n, kBlock, [&](std::size_t from, std::size_t to) {
        fill(bases, from, to);
    });
}

template <class G>
void WindowTable<G>::fill(const Affine<G>* bases, std::size_t from, std::size_t to) {
    AlignedBytes work, scratch;
    packed::Additions doublings;
    for (std::size_t begin = from; begin < to; begin += kBlock) {
        std::vector<unsigned char*> rows;
        for (std::size_t i = begin; i < std::min(begin + kBlock, to); ++i) {
            if (first_[i] == kAbsent) continue;
            rows.push_back(points_.data() + std::size_t{first_[i]} * kPackedBytes<G>);
            packed::store(rows.back(), bases[i]);
        }
        if (shape_.multiples == 1 || rows.empty()) continue;
        constexpr std::size_t at_once = 8 * lanes::kBlocksAtOnce;
        const std::size_t padded = (rows.size() + at_once - 1) / at_once * at_once;
        if (work.size() == 0) {
            work = AlignedBytes(kBlock * kPackedBytes<G>, false);
            scratch = AlignedBytes(lanes::kScratchBytes, false);
        }
        doublings.restart(padded);
        for (std::size_t k = 0; k < padded; ++k) {
            std::memcpy(work.data() + k * kPackedBytes<G>, rows[std::min(k, rows.size() - 1)],
                        kPackedBytes<G>);
            const auto at = static_cast<std::uint32_t>(k);
            doublings.push(at, at, at);
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
        for (std::size_t t = 1; t < shape_.multiples; ++t) {
            for (std::size_t d = 0; d < shape_.width; ++d) packed::Adders<G>::twice(request);
            for (std::size_t k = 0; k < rows.size(); ++k) {
                std::memcpy(rows[k] + t * kPackedBytes<G>, work.data() + k * kPackedBytes<G>,
                            kPackedBytes<G>);
            }
        }
    }
}

template class WindowTable<G1>;
template class WindowTable<G2>;

}  // namespace zkc
