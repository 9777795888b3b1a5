// The four multi-scalar sums of a proof, with window tables.
//
// Tables of all multiples cost the time of ten to twenty proofs. A key's first proof uses the bases
// alone (the smallest table there is). Each of the following adds an eighth of its own work to larger
// tables, which are used once they are complete, so that no proof takes long because of them: first
// to tables of a few multiples, which cost some two proofs; then, once the largest would have saved
// as much as they cost, to those. Work is counted in additions and not in time: the same proofs lead
// to the same tables. `prepare` builds them at once.
#include "groth16/groth16.hpp"

#include <algorithm>
#include <functional>

#include "msm/buckets.hpp"
#include "msm/msm.hpp"
#include "system/parallel.hpp"

namespace zkc {

namespace {

/// What an addition in G2 takes, in additions in G1: in all units some 2.6.
constexpr u64 kAdditionsOfG2 = 3;

/// Estimates how many additions in G1 the sums of a proof take in the shapes `then`. The digits were
/// counted in the shapes `now`.
u64 additions(const KeyDigits& digits, const KeyShapes& now, const KeyShapes& then) {
    const auto of = [](u64 count, WindowShape before, WindowShape after) {
        return count * after.windows() / before.windows() + 2 * u64{after.buckets()};
    };
    return (2 + kAdditionsOfG2) * of(digits.wires, now.wires, then.wires) +
           of(digits.tail, now.tail, then.tail);
}

/// For one base.
u64 doublings(WindowShape shape) { return u64{shape.width} * (shape.multiples - 1); }

/// One task opens the gate or makes it fail; tasks later in the list wait for that.
class Gate {
   public:
    void open() { set(kOpen); }
    void fail() { set(kFailed); }
    /// False if the task before the gate failed.
    bool wait() const {
        state_.wait(kClosed);
        return state_.load() == kOpen;
    }

   private:
    static constexpr int kClosed = 0, kOpen = 1, kFailed = 2;
    void set(int state) {
        state_.store(state);
        state_.notify_all();
    }
    std::atomic<int> state_{kClosed};
};

/// Runs work, then opens the gate; an exception makes the gate fail.
template <class Work>
void behind(Gate& gate, const Work& work) {
    try {
        work();
    } catch (...) {
        gate.fail();
        throw;
    }
    gate.open();
}

template <class G>
void add_parts(std::vector<std::function<void()>>& tasks, const Gate& gate,
               const WindowTable<G>& table, const std::unique_ptr<Recoding>& digits,
               std::size_t parts, SecretVector<Xyzz<G>>& out) {
    out.assign(parts, Xyzz<G>::infinity());
    for (std::size_t i = 0; i < parts; ++i) {
        tasks.push_back([&gate, &table, &digits, &out, i, parts] {
            if (!gate.wait()) return;
            out[i] = BucketRange<G>(table, *digits, digits->part(i, parts),
                                    digits->part(i + 1, parts))
                         .sum();
        });
    }
}

template <class G>
Xyzz<G> total(const SecretVector<Xyzz<G>>& parts) {
    Xyzz<G> out = Xyzz<G>::infinity();
    for (const Xyzz<G>& part : parts) out = out + part;
    return out;
}

}  // namespace

std::size_t ProvingKey::table_bytes() const {
    const auto ready = tables->get();
    return ready ? ready->bytes() : 0;
}

std::size_t ProvingKey::bytes_of_one_multiple() const {
    const auto present = [](const auto& points) {
        return static_cast<std::size_t>(std::count_if(
            points.begin(), points.end(), [](const auto& p) { return !p.is_infinity(); }));
    };
    // A point of G2 is as large as two of G1.
    return (present(a) + 3 * present(b1) + c_and_h.size()) * sizeof(Affine<G1>);
}

std::size_t ProvingKey::budget_of_few_multiples() const {
    return std::min(kDefaultBudget, kFewMultiples * bytes_of_one_multiple());
}

KeyShapes ProvingKey::shapes(std::size_t budget) const {
    // The budget has room for this many multiples of every base.
    const std::size_t multiples = std::max<std::size_t>(1, budget / bytes_of_one_multiple());
    const std::size_t n = n_wires;
    return {WindowShape::choose(n, multiples * n),
            WindowShape::choose(c_and_h.size(), multiples * c_and_h.size())};
}

std::shared_ptr<const KeyTables> ProvingKey::make_tables(std::size_t budget,
                                                         unsigned threads) const {
    const KeyShapes shape = shapes(budget);
    const auto of = [threads]<class G>(const std::vector<Affine<G>>& points, WindowShape wanted) {
        return std::make_shared<const WindowTable<G>>(points.data(), points.size(), wanted,
                                                      threads);
    };
    return std::make_shared<const KeyTables>(KeyTables{of(a, shape.wires), of(b1, shape.wires),
                                                       of(c_and_h, shape.tail),
                                                       of(b2, shape.wires)});
}

void ProvingKey::prepare(std::size_t budget, unsigned threads) const {
    const std::lock_guard<std::mutex> guard(tables->building);
    tables->growing = {};
    tables->settled = true;
    tables->set(make_tables(budget, threads));
}

std::shared_ptr<const KeyTables> ProvingKey::tables_for_proof(bool& first,
                                                              unsigned threads) const {
    first = false;
    if (n_wires < kFewWires) return nullptr;
    if (auto ready = tables->get()) return ready;
    const std::lock_guard<std::mutex> guard(tables->building);
    auto ready = tables->get();
    if (!ready) {
        first = true;
        ready = make_tables(0, threads);
        tables->set(ready);
    }
    return ready;
}

void ProvingKey::grow_tables(const KeyTables& used, const KeyDigits& digits,
                             unsigned threads) const {
    const std::unique_lock<std::mutex> guard(tables->building, std::try_to_lock);
    if (!guard.owns_lock() || tables->settled) return;  // another proof is at it, or nothing is left
    GrowingTables& growing = tables->growing;
    const KeyShapes now{used.a->shape(), used.tail->shape()};
    if (!growing.known) {
        growing.shapes = shapes(growing.stage == 0 ? budget_of_few_multiples() : kDefaultBudget);
        growing.known = true;
        growing.cost = doublings(growing.shapes.wires) * (a.size() + b1.size()) +
                       doublings(growing.shapes.wires) * kAdditionsOfG2 * b2.size() +
                       doublings(growing.shapes.tail) * c_and_h.size();
        if (growing.shapes == now) {
            finish_stage();
            return;
        }
    }
    const u64 work = additions(digits, now, now);
    if (!growing.begun) {
        const u64 then = additions(digits, now, growing.shapes);
        growing.missed += work > then ? work - then : 0;
        growing.begun = growing.stage == 0 || growing.missed > growing.cost;
        if (!growing.begun) return;
    }
    try {
        growing.unspent += work / kShareOfGrowth;
        if (grow_table_by_table(growing, threads)) finish_stage();
    } catch (const std::bad_alloc&) {
        growing = {};  // the proof is there; it and the next ones do without
        tables->settled = true;
    }
}

bool ProvingKey::grow_table_by_table(GrowingTables& growing, unsigned threads) const {
    // False while the table is not complete.
    const auto advance = [&]<class G>(std::shared_ptr<WindowTable<G>>& table,
                                      const std::vector<Affine<G>>& points, WindowShape shape) {
        if (!table) table = std::make_shared<WindowTable<G>>(points.data(), points.size(), shape);
        constexpr u64 weight = sizeof(Affine<G>) == sizeof(Affine<G1>) ? 1 : kAdditionsOfG2;
        u64 left = growing.unspent / weight;
        table->grow(points.data(), left, threads);
        growing.unspent = left * weight;
        return table->complete();
    };
    const std::shared_ptr<const KeyTables> now = tables->get();
    if (!advance(growing.tail, c_and_h, growing.shapes.tail)) return false;
    if (now->tail != growing.tail) {
        tables->set(std::make_shared<const KeyTables>(
            KeyTables{now->a, now->b1, growing.tail, now->b2}));
    }
    if (!advance(growing.a, a, growing.shapes.wires) ||
        !advance(growing.b1, b1, growing.shapes.wires) ||
        !advance(growing.b2, b2, growing.shapes.wires)) {
        return false;
    }
    tables->set(std::make_shared<const KeyTables>(
        KeyTables{growing.a, growing.b1, growing.tail, growing.b2}));
    return true;
}

void ProvingKey::finish_stage() const {
    const std::size_t stage = tables->growing.stage + 1;
    tables->growing = {};
    tables->growing.stage = stage;
    tables->settled = stage == kStages;
}

void ProvingKey::plain_sums(const Fr::Int* witness, SecretVector<Fr::Int>& tail, KeySums& out,
                            unsigned threads) const {
    odd_coset_quotient(witness, tail.data() + tail.size() - domain_size(), threads);
    MsmJob<G1> sum_a(a.data(), witness, n_wires);
    MsmJob<G1> sum_b1(b1.data(), witness, n_wires);
    MsmJob<G2> sum_b2(b2.data(), witness, n_wires);
    MsmJob<G1> sum_tail(c_and_h.data(), tail.data(), tail.size());
    std::vector<MsmTask> tasks;
    sum_b2.add_tasks(tasks);
    sum_tail.add_tasks(tasks);
    sum_a.add_tasks(tasks);
    sum_b1.add_tasks(tasks);
    run_tasks(tasks, threads);
    out = {sum_a.result(), sum_b1.result(), sum_tail.result(), sum_b2.result()};
}

KeyDigits ProvingKey::table_sums(const KeyTables& tables, const Fr::Int* witness,
                                 SecretVector<Fr::Int>& tail, KeySums& out,
                                 unsigned threads) const {
    // Threads take tasks in order, so a task only waits for one that already runs.
    const std::size_t parts = threads <= 1 ? 1 : 2 * std::size_t{threads};
    Gate wires_ready, tail_ready;
    std::unique_ptr<Recoding> wire_digits, tail_digits;
    SecretVector<Xyzz<G1>> sums_a, sums_b1, sums_tail;
    SecretVector<Xyzz<G2>> sums_b2;
    std::vector<std::function<void()>> tasks;
    const auto quotient = [&](unsigned own_threads) {
        odd_coset_quotient(witness, tail.data() + tail.size() - domain_size(), own_threads);
        tail_digits = std::make_unique<Recoding>(tail.data(), tail.size(), tables.tail->shape());
    };
    if (log_domain > kSerialDomain && threads > 1) {
        behind(tail_ready, [&] { quotient(threads); });
    } else {
        tasks.push_back([&] { behind(tail_ready, [&] { quotient(1); }); });
    }
    tasks.push_back([&] {
        behind(wires_ready, [&] {
            wire_digits = std::make_unique<Recoding>(witness, n_wires, tables.a->shape());
        });
    });
    add_parts(tasks, wires_ready, *tables.b2, wire_digits, parts, sums_b2);
    add_parts(tasks, wires_ready, *tables.a, wire_digits, parts, sums_a);
    add_parts(tasks, wires_ready, *tables.b1, wire_digits, parts, sums_b1);
    add_parts(tasks, tail_ready, *tables.tail, tail_digits, parts, sums_tail);
    parallel_for(threads, tasks.size(), [&](std::size_t i) { tasks[i](); });
    out = {total(sums_a), total(sums_b1), total(sums_tail), total(sums_b2)};
    const auto count = [](const Recoding& digits) {
        return u64{digits.start(digits.shape().buckets())};
    };
    return {count(*wire_digits), count(*tail_digits)};
}

}  // namespace zkc
