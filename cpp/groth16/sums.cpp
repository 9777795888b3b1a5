// The four multi-scalar sums of a proof, with window tables.
//
// Tables cost about ten proofs' time to build, so a key's first proof uses the bases alone (the
// smallest table there is) and the second builds them; `prepare` builds them at once.
#include "groth16/groth16.hpp"

#include <algorithm>
#include <functional>

#include "msm/buckets.hpp"
#include "msm/msm.hpp"
#include "system/parallel.hpp"

namespace zkc {

namespace {

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

std::shared_ptr<const KeyTables> ProvingKey::make_tables(std::size_t budget,
                                                         unsigned threads) const {
    const auto present = [](const auto& points) {
        return static_cast<std::size_t>(std::count_if(
            points.begin(), points.end(), [](const auto& p) { return !p.is_infinity(); }));
    };
    // The budget has room for this many multiples of every base; a point of G2 is as large as two
    // of G1.
    const std::size_t of_a = present(a), of_b = present(b1);
    const std::size_t one_each = (of_a + 3 * of_b + c_and_h.size()) * sizeof(Affine<G1>);
    const std::size_t multiples = std::max<std::size_t>(1, budget / one_each);
    const std::size_t n = std::max(of_a, of_b);
    const WindowShape wires = WindowShape::choose(n, multiples * n);
    const WindowShape rest = WindowShape::choose(c_and_h.size(), multiples * c_and_h.size());
    auto made = std::make_shared<KeyTables>();
    made->a = WindowTable<G1>(a.data(), a.size(), wires, threads);
    made->b1 = WindowTable<G1>(b1.data(), b1.size(), wires, threads);
    made->b2 = WindowTable<G2>(b2.data(), b2.size(), wires, threads);
    made->tail = WindowTable<G1>(c_and_h.data(), c_and_h.size(), rest, threads);
    return made;
}

void ProvingKey::prepare(std::size_t budget, unsigned threads) const {
    const std::lock_guard<std::mutex> guard(tables->building);
    tables->chosen.store(true);
    tables->set(make_tables(budget, threads));
}

std::shared_ptr<const KeyTables> ProvingKey::tables_for_proof(unsigned threads) const {
    if (n_wires < kFewWires) return nullptr;
    const unsigned before = tables->uses.fetch_add(1);
    auto ready = tables->get();
    if (ready && before != 1) return ready;
    const std::lock_guard<std::mutex> guard(tables->building);
    ready = tables->get();
    const bool grow = before == 1 && !tables->chosen.load();
    if (!ready || grow) {
        ready = make_tables(grow ? kDefaultBudget : 0, threads);
        tables->set(ready);
    }
    return ready;
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

void ProvingKey::table_sums(const KeyTables& tables, const Fr::Int* witness,
                            SecretVector<Fr::Int>& tail, KeySums& out, unsigned threads) const {
    // Threads take tasks in order, so a task only waits for one that already runs.
    const std::size_t parts = threads <= 1 ? 1 : 2 * std::size_t{threads};
    Gate wires_ready, tail_ready;
    std::unique_ptr<Recoding> wire_digits, tail_digits;
    SecretVector<Xyzz<G1>> sums_a, sums_b1, sums_tail;
    SecretVector<Xyzz<G2>> sums_b2;
    std::vector<std::function<void()>> tasks;
    const auto quotient = [&](unsigned own_threads) {
        odd_coset_quotient(witness, tail.data() + tail.size() - domain_size(), own_threads);
        tail_digits = std::make_unique<Recoding>(tail.data(), tail.size(), tables.tail.shape());
    };
    if (log_domain > kSerialDomain && threads > 1) {
        behind(tail_ready, [&] { quotient(threads); });
    } else {
        tasks.push_back([&] { behind(tail_ready, [&] { quotient(1); }); });
    }
    tasks.push_back([&] {
        behind(wires_ready, [&] {
            wire_digits = std::make_unique<Recoding>(witness, n_wires, tables.a.shape());
        });
    });
    add_parts(tasks, wires_ready, tables.b2, wire_digits, parts, sums_b2);
    add_parts(tasks, wires_ready, tables.a, wire_digits, parts, sums_a);
    add_parts(tasks, wires_ready, tables.b1, wire_digits, parts, sums_b1);
    add_parts(tasks, tail_ready, tables.tail, tail_digits, parts, sums_tail);
    parallel_for(threads, tasks.size(), [&](std::size_t i) { tasks[i](); });
    out = {total(sums_a), total(sums_b1), total(sums_tail), total(sums_b2)};
}

}  // namespace zkc
