#include "msm/buckets.hpp"

#include <algorithm>

namespace zkc {

template <class G>
BucketRange<G>::BucketRange(const WindowTable<G>& table, const Recoding& digits,
                            std::size_t from, std::size_t to)
    : table_(table), shape_(table.shape()), from_(from), to_(to) {
    collect(digits);
}

template <class G>
Xyzz<G> BucketRange<G>::sum() {
    if (refs_.empty()) return Xyzz<G>::infinity();
    const std::size_t low_bits = shape_.width / 2;
    const std::size_t columns = std::size_t{1} << low_bits;
    const std::size_t rows = (shape_.half() >> low_bits) + 1;
    const std::size_t buckets = to_ - from_;
    const std::size_t row_lists = shape_.sets() * rows;
    const std::size_t column_lists = shape_.sets() * columns;
    const std::size_t bit_lists = shape_.sets() * shape_.width;
    std::size_t longest = kChunk;
    for (std::size_t i = 0; i < buckets; ++i) {
        longest = std::max<std::size_t>(longest, starts_[i + 1] - starts_[i]);
    }
    arena_ = table_.count() +
             static_cast<std::uint32_t>(buckets + row_lists + column_lists + bit_lists);
    const std::size_t slots = arena_ - table_.count() + longest / 2 + 1;
    pool_ = AlignedBytes(slots * kPackedBytes<G>, true);
    scratch_ = AlignedBytes(lanes::kScratchBytes, true);

    std::uint32_t place = table_.count();
    const Singles bucket_sums = collapse(refs_, starts_, place);
    place += static_cast<std::uint32_t>(buckets);

    const auto by_row = [&](std::size_t b) {
        const std::size_t weight = b % shape_.half() + 1;
        return weight < columns ? kSkip : b / shape_.half() * rows + (weight >> low_bits);
    };
    const auto by_column = [&](std::size_t b) {
        const std::size_t weight = (b % shape_.half() + 1) & (columns - 1);
        return weight == 0 ? kSkip : b / shape_.half() * columns + weight;
    };
    const Singles row_sums = grouped(bucket_sums, from_, row_lists, by_row, place);
    place += static_cast<std::uint32_t>(row_lists);
    const Singles column_sums = grouped(bucket_sums, from_, column_lists, by_column, place);
    place += static_cast<std::uint32_t>(column_lists);

    // One list for each bit of the weight: of columns for the low bits, of rows for the others.
    List refs, starts(bit_lists + 1);
    for (std::size_t set = 0; set < shape_.sets(); ++set) {
        for (std::size_t bit = 0; bit < shape_.width; ++bit) {
            const bool low = bit < low_bits;
            const Singles& from = low ? column_sums : row_sums;
            const std::size_t size = low ? columns : rows;
            const std::size_t shift = low ? bit : bit - low_bits;
            for (std::size_t i = 0; i < size; ++i) {
                const std::uint32_t ref = from[set * size + i];
                if (((i >> shift) & 1) != 0 && ref != kNothing) refs.push_back(ref);
            }
            starts[set * shape_.width + bit + 1] = static_cast<std::uint32_t>(refs.size());
        }
    }
    const Singles bits = collapse(refs, starts, place);
    return weigh(bits);
}

template <class G>
void BucketRange<G>::collect(const Recoding& digits) {
    refs_.resize(digits.start(to_) - digits.start(from_) + 1);  // one is written but not kept
    starts_.resize(to_ - from_ + 1);
    std::uint32_t* end = refs_.data();
    for (std::size_t b = from_; b < to_; ++b) {
        end = digits.points(table_, digits.start(b), digits.start(b + 1), end);
        starts_[b - from_ + 1] = static_cast<std::uint32_t>(end - refs_.data());
    }
    refs_.resize(starts_.back());
}

template <class G>
typename BucketRange<G>::Singles BucketRange<G>::collapse(List& refs, const List& starts,
                                                          std::uint32_t place) {
    const std::size_t lists = starts.size() - 1;
    for (std::size_t begin = 0; begin < lists;) {
        std::size_t end = begin + 1;
        while (end < lists && starts[end + 1] - starts[begin] <= kChunk) ++end;
        collapse_chunk(refs, starts, begin, end, place);
        begin = end;
    }
    Singles out(lists, kNothing);
    for (std::size_t i = 0; i < lists; ++i) {
        if (starts[i + 1] > starts[i]) out[i] = refs[starts[i]];
    }
    return out;
}

template <class G>
void BucketRange<G>::collapse_chunk(List& refs, const List& starts, std::size_t begin,
                                    std::size_t end, std::uint32_t place) {
    const std::size_t points = starts[end] - starts[begin];
    active_.clear();
    for (std::size_t i = begin; i < end; ++i) {
        const std::uint32_t count = starts[i + 1] - starts[i];
        if (count > 1) active_.push_back({static_cast<std::uint32_t>(i), count});
    }
    std::uint32_t fresh = arena_;
    while (!active_.empty()) {
        additions_.restart(points / 2);
        std::size_t kept = 0;
        for (auto [list, count] : active_) {
            std::uint32_t* at = refs.data() + starts[list];
            for (std::uint32_t k = 0; k + 1 < count; k += 2) {
                const std::uint32_t a = at[k], b = at[k + 1];
                std::uint32_t out;
                if (count == 2) {
                    out = place + list;
                } else if ((a & ~lanes::kNegated) >= arena_) {
                    out = a;  // sums are never negated
                } else if ((b & ~lanes::kNegated) >= arena_) {
                    out = b;
                } else {
                    out = fresh++;
                }
                additions_.push(a, b, out);
                at[k / 2] = out;
            }
            if (count % 2 != 0) at[count / 2] = at[count - 1];
            count = (count + 1) / 2;
            if (count > 1) active_[kept++] = {list, count};
        }
        active_.resize(kept);
        run(fresh);
    }
}

template <class G>
void BucketRange<G>::run(std::uint32_t unused) {
    additions_.pad(unused);
    lanes::AddRequest request{table_.data(),
                             pool_.data(),
                             table_.count(),
                             additions_.blocks(),
                             additions_.n_blocks(),
                             scratch_.data(),
                             infinity_,
                             packed::invert,
                             packed::complete<G>};
    packed::Adders<G>::add(request);
    infinity_ = request.infinity;
}

template <class G>
template <class Group>
typename BucketRange<G>::Singles BucketRange<G>::grouped(const Singles& sums, std::size_t first,
                                                         std::size_t lists, const Group& group,
                                                         std::uint32_t place) {
    List starts(lists + 1), refs;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::size_t list = group(first + i);
        if (list != kSkip && sums[i] != kNothing) ++starts[list + 1];
    }
    for (std::size_t i = 0; i < lists; ++i) starts[i + 1] += starts[i];
    refs.resize(starts.back());
    List next(starts.begin(), starts.end() - 1);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::size_t list = group(first + i);
        if (list != kSkip && sums[i] != kNothing) refs[next[list]++] = sums[i];
    }
    return collapse(refs, starts, place);
}

template <class G>
Affine<G> BucketRange<G>::point(std::uint32_t ref) const {
    const std::uint32_t index = ref & ~lanes::kNegated;
    const unsigned char* at =
        index < table_.count()
            ? table_.data() + std::size_t{index} * kPackedBytes<G>
            : pool_.data() + std::size_t{index - table_.count()} * kPackedBytes<G>;
    const Affine<G> p = packed::load<G>(at);
    return (ref & lanes::kNegated) != 0 ? -p : p;
}

template <class G>
Xyzz<G> BucketRange<G>::weigh(const Singles& bits) const {
    Xyzz<G> out = Xyzz<G>::infinity();
    for (std::size_t set = shape_.sets(); set-- > 0;) {
        Xyzz<G> sum = Xyzz<G>::infinity();
        for (std::size_t bit = shape_.width; bit-- > 0;) {
            sum = sum.doubled();
            const std::uint32_t ref = bits[set * shape_.width + bit];
            if (ref != kNothing) sum.add(point(ref));
        }
        if (!out.is_infinity()) {
            for (std::size_t k = 0; k < shape_.width * shape_.multiples; ++k) {
                out = out.doubled();
            }
        }
        out = out + sum;
    }
    return out;
}

template class BucketRange<G1>;
template class BucketRange<G2>;

}  // namespace zkc
