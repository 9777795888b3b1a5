// Window tables: the bases of a multi-scalar multiplication with some of their multiples.
//
// Windows have `width` bits. A table holds `multiples` points 2^(width t) P per base, so that window
// w = t + multiples s needs bucket set s only (Brickell et al. 1992). With all windows in the table
// there is one set; with multiples = 1 the table is the bases and this is the classic method.
#pragma once

#include <algorithm>
#include <vector>

#include "msm/packed.hpp"
#include "system/aligned.hpp"
#include "system/parallel.hpp"

namespace zkc {

struct WindowShape {
    std::size_t width;      // bits per window
    std::size_t multiples;  // table points per base

    std::size_t windows() const { return (kScalarBits + width - 1) / width; }
    std::size_t sets() const { return (windows() + multiples - 1) / multiples; }
    std::size_t half() const { return std::size_t{1} << (width - 1); }
    std::size_t buckets() const { return sets() * half(); }
    bool operator==(const WindowShape&) const = default;

    /// Scalars reach (r - 1) / 2 < 2^253, and digits are below 2^(width - 1). So 254 bits would do
    /// for every width but two: there digits are at most one and reach a third of 2^254, which is
    /// less than r / 2.
    static constexpr std::size_t kScalarBits = 255;
    static constexpr std::size_t kMaxWidth = 16;

    /// The shape with the fewest additions for n bases within `budget` table points.
    static WindowShape choose(std::size_t n, std::size_t budget) {
        WindowShape best{2, 1};
        double least = -1;
        for (std::size_t width = 2; width <= kMaxWidth; ++width) {
            const std::size_t windows = WindowShape{width, 1}.windows();
            for (std::size_t multiples = 1; multiples <= windows; ++multiples) {
                const WindowShape shape{width, multiples};
                if (multiples > 1 && multiples * n > budget) break;
                // Scalar work at the end: a doubling costs about five batch additions.
                const double cost =
                    static_cast<double>(n * windows) + 2.0 * static_cast<double>(shape.buckets()) +
                    5.0 * static_cast<double>(width * multiples * (shape.sets() - 1)) +
                    8.0 * static_cast<double>(width * shape.sets());
                if (least < 0 || cost < least) {
                    least = cost;
                    best = shape;
                }
            }
        }
        return best;
    }
};

/// Bases with their multiples. Bases at infinity take no room.
template <class G>
class WindowTable {
   public:
    WindowTable() = default;

    /// Throws std::bad_alloc, also if there are too many points to number.
    WindowTable(const Affine<G>* bases, std::size_t n, WindowShape shape, unsigned threads)
        : shape_(shape), first_(n, kAbsent) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < n; ++i) {
            if (!bases[i].is_infinity()) first_[i] = static_cast<std::uint32_t>(count++);
        }
        if (count * shape.multiples >= ifma::kNegated / 2) throw std::bad_alloc();
        points_ = AlignedBytes(count * shape.multiples * kPackedBytes<G>, false);
        for (auto& at : first_) {
            if (at != kAbsent) at *= static_cast<std::uint32_t>(shape.multiples);
        }
        parallel_ranges(threads, n, kBlock, [&](std::size_t from, std::size_t to) {
            fill(bases, from, to);
        });
    }

    WindowShape shape() const { return shape_; }
    std::size_t bases() const { return first_.size(); }
    std::size_t bytes() const { return points_.size(); }
    std::uint32_t count() const {
        return static_cast<std::uint32_t>(points_.size() / kPackedBytes<G>);
    }
    const unsigned char* data() const { return points_.data(); }
    /// Index of the first multiple of a base, or kAbsent.
    std::uint32_t first(std::size_t base) const { return first_[base]; }

    static constexpr std::uint32_t kAbsent = 0xffffffff;

   private:
    static constexpr std::size_t kBlock = 1024;

    void fill(const Affine<G>* bases, std::size_t from, std::size_t to) {
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
            constexpr std::size_t at_once = 8 * ifma::kBlocksAtOnce;
            const std::size_t padded = (rows.size() + at_once - 1) / at_once * at_once;
            if (work.size() == 0) {
                work = AlignedBytes(kBlock * kPackedBytes<G>, false);
                scratch = AlignedBytes(ifma::kScratchBytes, false);
            }
            doublings.restart(padded);
            for (std::size_t k = 0; k < padded; ++k) {
                std::memcpy(work.data() + k * kPackedBytes<G>, rows[std::min(k, rows.size() - 1)],
                            kPackedBytes<G>);
                const auto at = static_cast<std::uint32_t>(k);
                doublings.push(at, at, at);
            }
            ifma::AddRequest request{nullptr,
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

    WindowShape shape_{2, 1};
    std::vector<std::uint32_t> first_;
    AlignedBytes points_;
};

}  // namespace zkc
