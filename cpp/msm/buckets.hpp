// The sum over a range of buckets, by the batch adders (Pippenger's buckets as in msm.hpp).
//
// The points of a bucket are summed as a tree, level by level over many buckets, because the batch
// adders want many independent additions. Then d = hi 2^k + lo splits the weights: row sums over lo,
// column sums over hi, and of those one sum per bit of the weight, again as trees.
#pragma once

#include <utility>

#include "msm/recoding.hpp"
#include "system/aligned.hpp"

namespace zkc {

/// The part of a sum that comes from the buckets [from, to).
template <class G>
class BucketRange {
   public:
    BucketRange(const WindowTable<G>& table, const Recoding& digits, std::size_t from,
                std::size_t to);

    Xyzz<G> sum();

   private:
    using List = SecretVector<std::uint32_t>;
    using Singles = SecretVector<std::uint32_t>;

    static constexpr std::uint32_t kNothing = 0xffffffff;
    static constexpr std::size_t kSkip = ~std::size_t{0};
    /// How many points share the arena for their sums: so few that the sums stay in the
    /// second-level cache.
    static constexpr std::size_t kChunk = (std::size_t{1} << 20) / kPackedBytes<G>;

    void collect(const Recoding& digits);

    /// Sums each list. out[i] refers to the sum of list i: its only point, or point `place` + i.
    Singles collapse(List& refs, const List& starts, std::uint32_t place);

    void collapse_chunk(List& refs, const List& starts, std::size_t begin, std::size_t end,
                        std::uint32_t place);

    void run(std::uint32_t unused);

    template <class Group>
    Singles grouped(const Singles& sums, std::size_t first, std::size_t lists, const Group& group,
                    std::uint32_t place);

    Affine<G> point(std::uint32_t ref) const;

    /// Sum over sets of 2^(width multiples set) times the sum over bits of 2^bit bits[set][bit].
    Xyzz<G> weigh(const Singles& bits) const;

    const WindowTable<G>& table_;
    const WindowShape shape_;
    const std::size_t from_, to_;
    List refs_, starts_;
    AlignedBytes pool_, scratch_;
    std::uint32_t arena_ = 0;  // first reference whose place may be reused
    bool infinity_ = false;
    packed::Additions additions_;
    SecretVector<std::pair<std::uint32_t, std::uint32_t>> active_;  // list, points left
};

}  // namespace zkc
