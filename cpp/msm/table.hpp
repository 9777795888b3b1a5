// Window tables: the bases of a multi-scalar multiplication with some of their multiples.
//
// Windows have `width` bits. A table holds `multiples` points 2^(width t) P per base, so that window
// w = t + multiples s needs bucket set s only (Brickell et al. 1992). With all windows in the table
// there is one set; with multiples = 1 the table is the bases and this is the classic method.
#pragma once

#include <vector>

#include "msm/packed.hpp"
#include "system/aligned.hpp"

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
    static WindowShape choose(std::size_t n, std::size_t budget);
};

/// Bases with their multiples. Bases at infinity take no room.
template <class G>
class WindowTable {
   public:
    WindowTable() = default;

    /// Throws std::bad_alloc, also if there are too many points to number.
    WindowTable(const Affine<G>* bases, std::size_t n, WindowShape shape, unsigned threads);

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

    void fill(const Affine<G>* bases, std::size_t from, std::size_t to);

    WindowShape shape_{2, 1};
    std::vector<std::uint32_t> first_;
    AlignedBytes points_;
};

}  // namespace zkc
