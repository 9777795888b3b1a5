// Multi-scalar multiplication over fixed bases with the batch adders.
//
// Windows of `width` bits with signed digits, on the smaller of k and r - k: zero, plus or minus one
// and all small scalars have few non-zero digits and cost no more than those. A table holds
// `multiples` points 2^(width t) P per base, so that window w = t + multiples s needs bucket set s
// only (Brickell et al. 1992; Pippenger's buckets as in msm.hpp). With all windows in the table there
// is one set; with multiples = 1 the table is the bases and this is the classic method.
//
// The points of a bucket are summed as a tree, level by level over many buckets, because the batch
// adders want many independent additions. Then d = hi 2^k + lo splits the weights: row sums over lo,
// column sums over hi, and of those one sum per bit of the weight, again as trees.
#pragma once

#include <algorithm>
#include <bit>
#include <vector>

#include "msm/msm.hpp"
#include "msm/packed.hpp"
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

    /// Scalars reach (r - 1) / 2 < 2^253, digits are below 2^(width - 1). So 254 bits would do, but
    /// for windows of two: digits of at most one reach a third of 2^254, which is less than r / 2.
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

/// Bases with their multiples. Infinite bases take no room.
template <class G>
class WindowTable {
   public:
    WindowTable() = default;

    /// Throws std::bad_alloc, also when the points could not be numbered.
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

/// The digits of many scalars, sorted by bucket. Tables of one shape can share it.
class Recoding {
   public:
    /// Throws std::bad_alloc, also when the digits could not be numbered.
    Recoding(const Fr::Int* scalars, std::size_t n, WindowShape shape)
        : shape_(shape),
          multiple_bits_(std::bit_width(shape.multiples - 1)),
          starts_(shape.buckets() + 1) {
        if (n > ifma::kNegated >> multiple_bits_) throw std::bad_alloc();
        const std::size_t windows = shape.windows(), half = shape.half();
        const Wide offset = digit_offset();
        std::array<std::size_t, WindowShape::kScalarBits> bases;  // first bucket of each window
        for (std::size_t w = 0; w < windows; ++w) bases[w] = w / shape.multiples * half;
        SecretVector<std::uint32_t> digits(n * windows);  // bucket + 1 and sign, or 0
        for (std::size_t i = 0; i < n; ++i) {
            Fr::Int other;
            sub(other, Fr::Params::modulus, scalars[i]);
            const bool negate = less(other, scalars[i]);
            const Fr::Int& k = negate ? other : scalars[i];
            if (is_zero(k)) continue;
            const u64 flip = negate ? 1 : 0;
            Wide sum{k[0], k[1], k[2], k[3], 0};
            add(sum, sum, offset);
            for (std::size_t w = 0; w < windows; ++w) {
                const u64 window = bits_at(sum, w * shape.width, shape.width);
                if (window == half) continue;
                // Without branches: digits and their signs are unpredictable.
                const u64 difference = window - half;
                const u64 below = -(difference >> 63);
                const std::size_t bucket = bases[w] + ((difference ^ below) - below) - 1;
                ++starts_[bucket + 1];
                digits[i * windows + w] =
                    static_cast<std::uint32_t>(bucket + 1) |
                    static_cast<std::uint32_t>(((below & 1) ^ flip) * ifma::kNegated);
            }
        }
        for (std::size_t b = 0; b < shape.buckets(); ++b) starts_[b + 1] += starts_[b];
        entries_.resize(starts_.back());
        SecretVector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
        for (std::size_t i = 0; i < n; ++i) {
            std::uint32_t multiple = 0;
            for (std::size_t w = 0; w < windows; ++w) {
                const std::uint32_t digit = digits[i * windows + w];
                if (digit != 0) {
                    entries_[next[(digit & ~ifma::kNegated) - 1]++] =
                        static_cast<std::uint32_t>(i) << multiple_bits_ | multiple |
                        (digit & ifma::kNegated);
                }
                if (++multiple == shape.multiples) multiple = 0;
            }
        }
    }

    WindowShape shape() const { return shape_; }
    std::size_t start(std::size_t bucket) const { return starts_[bucket]; }

    /// Writes the table points of the digits in [from, to); infinite bases have none. Returns the end.
    template <class G>
    std::uint32_t* points(const WindowTable<G>& table, std::size_t from, std::size_t to,
                          std::uint32_t* out) const {
        const std::uint32_t multiples = (std::uint32_t{1} << multiple_bits_) - 1;
        for (std::size_t k = from; k < to; ++k) {
            const std::uint32_t negated = entries_[k] & ifma::kNegated;
            const std::uint32_t entry = entries_[k] ^ negated;
            const std::uint32_t first = table.first(entry >> multiple_bits_);
            *out = (first + (entry & multiples)) | negated;
            out += first != WindowTable<G>::kAbsent;
        }
        return out;
    }

    /// First bucket of part i of n: parts of about equal work.
    std::size_t part(std::size_t i, std::size_t n) const {
        const std::size_t buckets = shape_.buckets();
        const std::size_t total = starts_[buckets] + 2 * buckets;
        const std::size_t wanted = total / n * i;
        if (i == 0) return 0;
        if (i >= n) return buckets;
        std::size_t low = 0, high = buckets;
        while (low < high) {
            const std::size_t middle = (low + high) / 2;
            if (starts_[middle] + 2 * middle < wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

   private:
    using Wide = Limbs<5>;

    /// Sum of 2^(c-1) 2^(c w): adding it turns digits in [-2^(c-1), 2^(c-1)) into plain windows.
    Wide digit_offset() const {
        Wide offset{};
        for (std::size_t w = 0; w < shape_.windows(); ++w) {
            const std::size_t at = w * shape_.width + shape_.width - 1;
            offset[at / 64] |= u64{1} << (at % 64);
        }
        return offset;
    }

    WindowShape shape_;
    int multiple_bits_;
    SecretVector<std::uint32_t> starts_;
    SecretVector<std::uint32_t> entries_;  // base, multiple, sign
};

/// The contribution of the buckets [from, to).
template <class G>
class BucketRange {
   public:
    BucketRange(const WindowTable<G>& table, const Recoding& digits, std::size_t from,
                std::size_t to)
        : table_(table), shape_(table.shape()), from_(from), to_(to) {
        collect(digits);
    }

    Xyzz<G> sum() {
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
        scratch_ = AlignedBytes(ifma::kScratchBytes, true);

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

        // Bit b of the weight: columns for the low bits, rows for the others.
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

   private:
    using List = SecretVector<std::uint32_t>;
    using Singles = SecretVector<std::uint32_t>;

    static constexpr std::uint32_t kNothing = 0xffffffff;
    static constexpr std::size_t kSkip = ~std::size_t{0};
    /// Points whose sums share the arena: so few that those stay in the second cache.
    static constexpr std::size_t kChunk = (std::size_t{1} << 20) / kPackedBytes<G>;

    void collect(const Recoding& digits) {
        refs_.resize(digits.start(to_) - digits.start(from_) + 1);  // one is written and not kept
        starts_.resize(to_ - from_ + 1);
        std::uint32_t* end = refs_.data();
        for (std::size_t b = from_; b < to_; ++b) {
            end = digits.points(table_, digits.start(b), digits.start(b + 1), end);
            starts_[b - from_ + 1] = static_cast<std::uint32_t>(end - refs_.data());
        }
        refs_.resize(starts_.back());
    }

    /// Sums each list; list i becomes the one reference out[i], a single point or `place` + i.
    Singles collapse(List& refs, const List& starts, std::uint32_t place) {
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

    void collapse_chunk(List& refs, const List& starts, std::size_t begin, std::size_t end,
                        std::uint32_t place) {
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
                    } else if ((a & ~ifma::kNegated) >= arena_) {
                        out = a;  // sums are never negated
                    } else if ((b & ~ifma::kNegated) >= arena_) {
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

    void run(std::uint32_t unused) {
        additions_.pad(unused);
        ifma::AddRequest request{table_.data(),
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

    template <class Group>
    Singles grouped(const Singles& sums, std::size_t first, std::size_t lists, const Group& group,
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

    Affine<G> point(std::uint32_t ref) const {
        const std::uint32_t index = ref & ~ifma::kNegated;
        const unsigned char* at =
            index < table_.count()
                ? table_.data() + std::size_t{index} * kPackedBytes<G>
                : pool_.data() + std::size_t{index - table_.count()} * kPackedBytes<G>;
        const Affine<G> p = packed::load<G>(at);
        return (ref & ifma::kNegated) != 0 ? -p : p;
    }

    /// Sum over sets of 2^(width multiples set) times the sum over bits of 2^bit bits[set][bit].
    Xyzz<G> weigh(const Singles& bits) const {
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

/// The whole sum, on up to `threads` threads.
template <class G>
Xyzz<G> window_msm(const WindowTable<G>& table, const Recoding& digits, unsigned threads) {
    const std::size_t parts = threads <= 1 ? 1 : std::size_t{threads};
    SecretVector<Xyzz<G>> sums(parts);
    parallel_for(threads, parts, [&](std::size_t i) {
        sums[i] = BucketRange<G>(table, digits, digits.part(i, parts), digits.part(i + 1, parts))
                      .sum();
    });
    Xyzz<G> out = Xyzz<G>::infinity();
    for (const Xyzz<G>& sum : sums) out = out + sum;
    return out;
}

/// The sum over bases without tables of their own: with the batch adders if the unit has them.
template <class G>
Xyzz<G> sum_of_products(const Affine<G>* bases, const Fr::Int* scalars, std::size_t n,
                        unsigned threads) {
    constexpr std::size_t kFew = 64;
    if (packed::Adders<G>::add == nullptr || n < kFew) return msm(bases, scalars, n, threads);
    const WindowShape shape = WindowShape::choose(n, 0);
    const WindowTable<G> table(bases, n, shape, threads);
    return window_msm(table, Recoding(scalars, n, shape), threads);
}

}  // namespace zkc
