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

    /// An empty table, for `grow`. Throws std::bad_alloc, also if there are too many points to number.
    WindowTable(const Affine<G>* bases, std::size_t n, WindowShape shape);

    /// A whole table.
    WindowTable(const Affine<G>* bases, std::size_t n, WindowShape shape, unsigned threads)
        : WindowTable(bases, n, shape) {
        u64 all = ~u64{0};
        grow(bases, all, threads);
    }

    /// Adds points by work of at most `additions`, and takes off what it used. The bases are those
    /// of the constructor. No sum may use the table before it is complete.
    void grow(const Affine<G>* bases, u64& additions, unsigned threads);
    bool complete() const { return steps_done_ == steps(); }

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
    /// Bases that are doubled together: enough to share an inversion, and little work for one proof.
    static constexpr std::size_t kBlock = 512;

    std::size_t present() const { return count() / shape_.multiples; }
    std::size_t blocks() const { return (present() + kBlock - 1) / kBlock; }
    /// The first steps store the bases, block by block; each of the others computes the next multiple
    /// of a block's bases. A step is for another block than the one before, unless there is only one.
    std::size_t steps() const { return blocks() * shape_.multiples; }
    u64 cost_of_step() const { return u64{shape_.width} * (present() < kBlock ? present() : kBlock); }
    void run_steps(const Affine<G>* bases, std::size_t from, std::size_t to);

    WindowShape shape_{2, 1};
    std::size_t steps_done_ = 0;
    std::vector<std::uint32_t> first_;
    std::vector<std::uint32_t> present_;  // which bases the blocks have, until the table is complete
    AlignedBytes points_;
};

}  // namespace zkc
