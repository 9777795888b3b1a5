// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IHistoryTree} from "../../src/interfaces/IHistoryTree.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {HistoryTree} from "../../src/market/HistoryTree.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {BureauMember} from "./BureauMember.sol";
import {MoreCheats, cheats} from "./MoreCheats.sol";
import {TestBase} from "./TestBase.sol";

/// @title Verifier that computes the step itself, in a tree of eight leaves with another hash
/// @notice The tree of a root is kept here, so a step from a root that never was is refused.
contract StepVerifier is IGroth16Verifier {
    uint256 public constant LEAVES = 8;
    uint256 public immutable inputCount;
    bytes32 public constant keyDigest = bytes32(0);
    address public constant keyPointer = address(0);
    StepVerifier private immutable _other;
    mapping(uint256 root => uint256[2][LEAVES] leaves) private _trees;
    mapping(uint256 root => bool) private _known;

    constructor(uint256 inputCount_, StepVerifier other, uint256 empty) {
        inputCount = inputCount_;
        _other = other;
        _known[empty] = true;
    }

    function verificationKey() external pure returns (bytes memory) {
        return "";
    }

    /// @dev The leaves under a root: pseudonym and record.
    function leavesOf(uint256 root) public view returns (uint256[2][LEAVES] memory leaves) {
        if (address(_other) != address(0)) return _other.leavesOf(root);
        require(_known[root], "a root that never was");
        return _trees[root];
    }

    /// @dev The leaves after the updates, and their root.
    function stepped(uint256[] memory inputs)
        public
        view
        returns (uint256[2][LEAVES] memory leaves, uint256 root)
    {
        leaves = leavesOf(inputs[0]);
        bool changed = false;
        for (uint256 i = 2; i < inputs.length; i += 2) {
            uint256 index = inputs[i + 1] >> 188;
            uint256 record = inputs[i + 1] & (1 << 188) - 1;
            changed = changed || leaves[index][0] != inputs[i] || leaves[index][1] != record;
            leaves[index] = [inputs[i], record];
        }
        root = changed ? uint256(keccak256(abi.encode(leaves))) >> 8 : inputs[0];
    }

    function keep(uint256[] memory inputs) external returns (uint256 root) {
        uint256[2][LEAVES] memory leaves;
        (leaves, root) = stepped(inputs);
        for (uint256 i = 0; i < LEAVES; ++i) {
            _trees[root][i] = leaves[i];
        }
        _known[root] = true;
    }

    function verify(uint256[8] calldata, uint256[] calldata inputs) external view {
        if (inputs.length != inputCount) revert InputCountInvalid(inputCount, inputs.length);
        (, uint256 root) = stepped(inputs);
        if (root != inputs[1]) revert ProofInvalid();
    }

    function verifyBatch(uint256[8][] calldata, uint256[] calldata) external pure {
        revert BatchEmpty();
    }
}

/// @title People with loans at a bureau, and keepers of its tree, honest and others
/// @dev The bureau has one member. The handler counts what happened, replays the tree from
///      events alone, and remembers each opening and each root.
contract HistoryHandler is TestBase {
    uint256 public constant PEOPLE = 6;
    uint256 public constant LAG = 1 hours;
    uint256 public constant AGE = 2 hours;
    address private constant MARKET = address(0x3a0);
    bytes32 private constant ADVANCED =
        keccak256("Advanced(uint256,uint256,uint256,uint256[])");
    bytes32 private constant ASSIGNED = keccak256("LeafAssigned(uint256,uint256)");

    /// @dev What happened to a person.
    struct Count {
        uint256 opened;
        uint256 repaid;
        uint256 onTime;
        uint256 late;
        uint256 defaults;
        uint256 recovered;
    }

    /// @dev An opening: the person's n-th, and when.
    struct Opening {
        uint256 person;
        uint256 number;
        uint256 time;
    }

    CreditBureau public bureau =
        new CreditBureau(address(this), 1 days, 0, ICreditBureau.Kind.Credential);
    HistoryTree public tree;
    StepVerifier private three;
    StepVerifier private twelve;
    mapping(uint256 person => Count) private _counts;
    mapping(uint256 person => uint256) public indexSeen; // plus one
    Opening[] private _openings;
    uint256[] public roots;
    uint256[2][8] private _replayed;
    uint256[8] private _owners;
    uint256 public replayedRoot;
    bool public fell;
    uint256 public done;
    Nullifier[] private _staged;
    uint256[] private _stagedWords;

    constructor() {
        vm.warp(1_800_000_000);
        cheats.etch(MARKET, address(new BureauMember()).code);
        bureau.addMember(MARKET, IApplicationGate(MARKET));
        uint256 empty =
            17211133653989526181178105360323349458556873599320942247358722063830836336505;
        three = new StepVerifier(8, StepVerifier(address(0)), empty);
        twelve = new StepVerifier(26, three, empty);
        address[2] memory none;
        address[2] memory verifiers = [address(three), address(twelve)];
        tree = new HistoryTree(address(bureau), verifiers, none, LAG, AGE);
        replayedRoot = tree.root();
        roots.push(replayedRoot);
    }

    function who(uint256 person) public pure returns (Nullifier) {
        return Nullifier.wrap(1_000 + person);
    }

    function countOf(uint256 person) external view returns (Count memory) {
        return _counts[person];
    }

    function openingsSince() external view returns (Opening[] memory) {
        return _openings;
    }

    function rootCount() external view returns (uint256) {
        return roots.length;
    }

    function leavesOf(uint256 root) external view returns (uint256[2][8] memory) {
        return three.leavesOf(root);
    }

    function replayed(uint256 index) external view returns (uint256[2] memory) {
        return _replayed[index];
    }

    // --- loans --------------------------------------------------------------------------------

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 50 minutes));
    }

    function reserve(uint256 seed) external {
        uint256 person = seed % PEOPLE;
        (bool free,) = bureau.isFree(who(person));
        if (!free) return;
        vm.prank(MARKET);
        bureau.reserve(who(person), block.timestamp + 1 days);
    }

    function start(uint256 seed, uint48 principal) external {
        uint256 person = seed % PEOPLE;
        (ICreditBureau.State state,) = bureau.stateOf(who(person));
        if (state != ICreditBureau.State.Reserved) {
            (bool free,) = bureau.isFree(who(person));
            if (!free) return;
            vm.prank(MARKET);
            bureau.reserve(who(person), block.timestamp);
        }
        cheats.recordLogs();
        vm.prank(MARKET);
        bureau.start(who(person), principal, block.timestamp + 30 days);
        replay(cheats.getRecordedLogs());
        _counts[person].opened += 1;
        _openings.push(Opening(person, _counts[person].opened, block.timestamp));
    }

    function progress(uint256 seed, uint8 onTime, uint8 late) external {
        uint256 person = seed % PEOPLE;
        (ICreditBureau.State state,) = bureau.stateOf(who(person));
        if (state != ICreditBureau.State.Open) return;
        vm.prank(MARKET);
        bureau.progress(who(person), onTime, late, block.timestamp + 30 days);
        _counts[person].onTime += onTime;
        _counts[person].late += late;
    }

    function close(uint256 seed, uint256 how) external {
        uint256 person = seed % PEOPLE;
        (ICreditBureau.State state,) = bureau.stateOf(who(person));
        if (state == ICreditBureau.State.Defaulted) {
            vm.prank(MARKET);
            bureau.close(who(person), ICreditBureau.Ending.Recovered);
            _counts[person].recovered += 1;
        } else if (state == ICreditBureau.State.Open && how % 3 == 0) {
            vm.prank(MARKET);
            bureau.close(who(person), ICreditBureau.Ending.Defaulted);
            _counts[person].defaults += 1;
        } else if (state == ICreditBureau.State.Open) {
            vm.prank(MARKET);
            bureau.close(who(person), ICreditBureau.Ending.Repaid);
            _counts[person].repaid += 1;
        }
    }

    // --- the tree -----------------------------------------------------------------------------

    /// @dev A batch of the oldest openings; behind them somebody, or the last one again.
    function oldest(uint256 size, uint256 most, uint256 seed, bool padded)
        private
        view
        returns (Nullifier[] memory people, uint256 taken)
    {
        taken = _openings.length - tree.head();
        if (taken > most) taken = most;
        people = new Nullifier[](size);
        for (uint256 i = 0; i < size; ++i) {
            if (i < taken) {
                people[i] = who(_openings[tree.head() + i].person);
            } else if (taken != 0 && padded) {
                people[i] = people[taken - 1];
            } else {
                people[i] = who(_openings[(seed >> i) % _openings.length].person);
            }
        }
    }

    function inputsFor(Nullifier[] memory people, uint256[] memory words)
        private
        view
        returns (uint256[] memory inputs)
    {
        inputs = new uint256[](2 + 2 * people.length);
        inputs[0] = tree.root();
        for (uint256 i = 0; i < people.length; ++i) {
            (inputs[2 + 2 * i], inputs[3 + 2 * i]) = (Nullifier.unwrap(people[i]), words[i]);
        }
    }

    function pending() private view returns (bool) {
        return block.timestamp <= tree.stagedUntil();
    }

    function advance(uint256 seed) external {
        if (_openings.length == 0) return;
        uint256 size = seed % 2 == 0 ? 3 : 12;
        (Nullifier[] memory people, uint256 taken) = oldest(size, size - 1, seed, false);
        uint256[] memory inputs = inputsFor(people, bureau.wordsOf(people));
        uint256 newRoot = three.keep(inputs);
        bool honest = (seed >> 8) % 4 != 0;
        if (!honest && taken != 0 && (seed >> 16) % 2 == 0) {
            // somebody else in the place of an opening
            uint256 at = (seed >> 24) % taken;
            uint256 other = (Nullifier.unwrap(people[at]) - 999) % PEOPLE;
            if (indexSeen[other] == 0) return;
            people[at] = who(other);
        } else if (!honest) {
            newRoot ^= 1 << (seed >> 24) % 200;
        }
        bytes memory data =
            abi.encodeCall(tree.advance, (people, newRoot, new uint256[8][](1)));
        taken_(data, honest && !pending());
    }

    function stage(uint256 seed) external {
        if (_openings.length == 0) return;
        (Nullifier[] memory people, uint256 taken) = oldest(12, 12, seed, seed % 3 != 0);
        bool padded = true;
        for (uint256 i = taken; i < 12; ++i) {
            padded = padded && taken != 0
                && Nullifier.unwrap(people[i]) == Nullifier.unwrap(people[taken - 1]);
        }
        bool may = taken != 0 && padded && !pending();
        (bool ok,) = address(tree).call(abi.encodeCall(tree.stage, (people)));
        assertTrue(ok == may, "who may stage");
        if (!ok) return;
        (_staged, _stagedWords) = (people, bureau.wordsOf(people));
        done += 1;
    }

    function advanceStaged(uint256 seed) external {
        if (_staged.length == 0) return;
        uint256[] memory inputs = inputsFor(_staged, _stagedWords);
        uint256[] memory words = _stagedWords;
        uint256 newRoot = three.keep(inputs);
        bool honest = seed % 4 != 0;
        if (!honest) words[(seed >> 8) % 12] ^= 1 << 33;
        bool may = honest && pending() && tree.stagedCount() != 0;
        bytes memory data = abi.encodeCall(
            tree.advanceStaged, (_staged, words, newRoot, new uint256[8][](1))
        );
        if (taken_(data, may)) delete _staged;
    }

    function taken_(bytes memory data, bool may) private returns (bool) {
        cheats.recordLogs();
        (bool ok, bytes memory answer) = address(tree).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "what advances the tree");
        if (ok) {
            done += 1;
            replay(cheats.getRecordedLogs());
        }
        return ok;
    }

    /// @dev Take over what the events of bureau and tree say, and nothing else.
    function replay(MoreCheats.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32[] memory topics = logs[i].topics;
            if (topics[0] == ASSIGNED && logs[i].emitter == address(bureau)) {
                _owners[uint256(topics[2])] = uint256(topics[1]);
            }
            if (topics[0] != ADVANCED || logs[i].emitter != address(tree)) continue;
            assertEq(uint256(topics[1]), replayedRoot, "a chain of roots");
            (, uint256[] memory words) = abi.decode(logs[i].data, (uint256, uint256[]));
            bool changed = false;
            for (uint256 k = 0; k < words.length; ++k) {
                uint256 index = words[k] >> 188;
                uint256[2] memory leaf = [_owners[index], words[k] & (1 << 188) - 1];
                uint256[2] memory before = _replayed[index];
                fell = fell || falls(before[1], leaf[1]);
                changed = changed || before[0] != leaf[0] || before[1] != leaf[1];
                _replayed[index] = leaf;
            }
            if (changed) replayedRoot = uint256(keccak256(abi.encode(_replayed))) >> 8;
            if (roots[roots.length - 1] != replayedRoot) roots.push(replayedRoot);
        }
    }

    /// @dev Whether a counter is lower than before: opened, repaid, on time, late, defaults,
    ///      recovered, from the lowest bit up.
    function falls(uint256 before, uint256 later) private pure returns (bool lower) {
        uint8[6] memory widths = [16, 16, 24, 16, 8, 8];
        for (uint256 i = 0; i < 6; ++i) {
            uint256 mask = (1 << widths[i]) - 1;
            lower = lower || later & mask < before & mask;
            (before, later) = (before >> widths[i], later >> widths[i]);
        }
    }

    /// @dev Note the index of everybody that has one; it must never be another.
    function look() external {
        for (uint256 person = 0; person < PEOPLE; ++person) {
            if (_counts[person].opened == 0) continue;
            Nullifier[] memory one = new Nullifier[](1);
            one[0] = who(person);
            uint256 index = bureau.wordsOf(one)[0] >> 188;
            assertTrue(indexSeen[person] == 0 || indexSeen[person] == index + 1, "index");
            indexSeen[person] = index + 1;
        }
    }
}
