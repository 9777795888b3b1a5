// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../../src/IssuerRegistry.sol";
import {HistoryEligibilityGate} from "../../src/gates/HistoryEligibilityGate.sol";
import {HistoryGate} from "../../src/gates/HistoryGate.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {IHistoryGate} from "../../src/interfaces/IHistoryGate.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {FreeMarket} from "./FreeMarket.sol";
import {HashVerifier} from "./HashVerifier.sol";
import {NO_FX} from "./NoFx.sol";
import {SaidTree} from "./RecordFixture.sol";
import {TestBase} from "./TestBase.sol";

/// @title Two members on gates about records, four pseudonyms, and roots that come and go
/// @dev Each proof is genuine for one part of an application or wrong in it, and each call must
///      succeed exactly when nothing is wrong.
contract RecordHandler is TestBase {
    uint256 public constant PEOPLE = 4;
    uint256 private constant ROOTS = 3;
    uint256 private constant CLOCK = 1 hours;
    uint256 private constant REGISTRY_ROOT = 9;

    CreditBureau public bureau =
        new CreditBureau(address(this), 1 days, 0, ICreditBureau.Kind.Credential);
    SaidTree public tree;
    FreeMarket[2] public markets;
    IssuerRegistry private registry;
    mapping(uint256 market => mapping(uint256 person => uint256)) public consumed;
    mapping(uint256 person => uint256) public repaid;
    mapping(uint256 root => bool) public fresh;
    uint256 public done;

    constructor() {
        vm.warp(1_800_000_000);
        registry = new IssuerRegistry(address(this), address(this), address(this), 0, 365 days);
        registry.post(REGISTRY_ROOT, bytes32(0), "");
        tree = new SaidTree(address(new CreditBureau(
            address(this), 1 days, 0, ICreditBureau.Kind.Credential
        )));
        markets[0] = new FreeMarket(new HistoryGate(new HashVerifier(6), CLOCK));
        markets[1] = new FreeMarket(
            new HistoryEligibilityGate(new HashVerifier(8), registry, 1 days, CLOCK, NO_FX)
        );
        for (uint256 i = 0; i < 2; ++i) {
            markets[i].name(address(bureau));
            bureau.addMember(address(markets[i]), markets[i].gate());
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 10 hours));
        registry.renew(REGISTRY_ROOT);
    }

    function say(uint256 seed) external {
        uint256 root = 1 + seed % ROOTS;
        fresh[root] = seed >> 128 != 0;
        tree.say(root, fresh[root]);
    }

    /// @dev An application whose proof is of this pseudonym, root, day and least number of loans.
    function consume(uint256 seed) external {
        uint256 number = seed % 2;
        uint256 person = (seed >> 8) % PEOPLE;
        FreeMarket market = markets[number];
        IHistoryGate gate = IHistoryGate(address(market.gate()));
        IApplicationGate.Application memory a;
        a.borrower = address(uint160(0xB0 + person));
        (a.policy.maxScore, a.policy.maxDtiBps, a.policy.maxDelinquencies) =
            (65_535, 65_535, 65_535);
        (a.historyTerms, a.historySource) = (1 << 100, address(tree));
        a.minCycle = uint16((seed >> 16) % 3);
        IApplicationGate.Evidence memory e;
        e.nullifier = Nullifier.wrap(1 + person);
        e.policyNow = uint40(block.timestamp - (seed >> 24) % (CLOCK + 2));
        e.deadline = uint40(block.timestamp);
        uint256 root = 1 + (seed >> 40) % ROOTS;
        e.extra = abi.encode(root);
        uint256 day = (e.policyNow + CLOCK) / 1 days;
        bool behind = (seed >> 48) % 8 == 0;
        e.proof[0] = proofOf(number, gate, a, e, behind ? day - 1 : day);
        bool may = fresh[root] && !behind && repaid[person] >= a.minCycle
            && block.timestamp - e.policyNow <= CLOCK;
        (bool ok, bytes memory answer) =
            address(market).call(abi.encodeCall(market.consume, (a, e)));
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "who is accepted");
        if (!ok) return;
        consumed[number][person] += 1;
        done += 1;
        lend(market, e.nullifier, seed);
    }

    function proofOf(
        uint256 number,
        IHistoryGate gate,
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e,
        uint256 day
    ) private view returns (uint256) {
        uint256 nonce = gate.applicationNonce(address(markets[number]), a.borrower);
        uint256 context = gate.contextOf(address(markets[number]), a, nonce, e.deadline);
        uint256 terms = a.historyTerms | day << 68;
        uint256 root = abi.decode(e.extra, (uint256));
        uint256 scope = gate.historyScopeOf(address(tree));
        uint256 own = bureau.scope();
        if (number == 0) {
            return uint256(keccak256(abi.encode(terms, context, root, scope, own, e.nullifier)));
        }
        e.registryRoot = REGISTRY_ROOT;
        uint256 word = gate.policyWord(a.policy, a.instalment, e.policyNow);
        bytes memory five = abi.encode(word, context, REGISTRY_ROOT, own, e.nullifier);
        return uint256(keccak256(bytes.concat(five, abi.encode(terms, root, scope))));
    }

    /// @dev Some applications become loans, which are repaid at once.
    function lend(FreeMarket market, Nullifier who, uint256 seed) private {
        if ((seed >> 56) % 2 == 0) return;
        vm.startPrank(address(market));
        bureau.reserve(who, block.timestamp);
        bureau.start(who, 1, block.timestamp);
        bureau.close(who, ICreditBureau.Ending.Repaid);
        vm.stopPrank();
        repaid[Nullifier.unwrap(who) - 1] += 1;
    }
}
