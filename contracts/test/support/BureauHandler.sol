// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {BureauMember} from "./BureauMember.sol";
import {cheats} from "./MoreCheats.sol";
import {TestBase} from "./TestBase.sol";

/// @title Three markets, of which some are members, and four pseudonyms
/// @dev The handler keeps the whole history of each pseudonym, and counts in it.
contract BureauHandler is TestBase {
    address private constant ADMIN = address(0xAD);
    uint256 private constant MARKETS = 3;
    uint256 public constant PEOPLE = 4;
    uint256 private constant REHABILITATION = 20 days;

    /// @dev What the rules say of one pseudonym.
    struct Model {
        ICreditBureau.State state;
        address member;
        uint256 until;
        uint256 opened;
        uint256 repaid;
        uint256 onTime;
        uint256 late;
        uint256 defaults;
        uint256 recovered;
    }

    CreditBureau public bureau =
        new CreditBureau(ADMIN, REHABILITATION, 0, ICreditBureau.Kind.Credential);
    mapping(uint256 person => Model) private _models;
    mapping(address market => bool) public members;
    uint256 public done;

    constructor() {
        vm.warp(1_800_000_000);
        for (uint256 i = 0; i < MARKETS; ++i) {
            cheats.etch(marketAt(i), address(new BureauMember()).code);
        }
    }

    function marketAt(uint256 seed) public pure returns (address) {
        return address(uint160(0x3a0 + seed % MARKETS));
    }

    function modelOf(uint256 person) external view returns (Model memory) {
        return _models[person];
    }

    function tried(address by, bytes memory data, bool may) private returns (bool) {
        vm.prank(by);
        (bool ok, bytes memory answer) = address(bureau).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok == may, "who may, and when");
        if (ok) done += 1;
        return ok;
    }

    function isFree(uint256 person) public view returns (bool) {
        Model storage m = _models[person];
        if (m.state == ICreditBureau.State.Reserved) return block.timestamp > m.until;
        if (m.state == ICreditBureau.State.Recovered) return block.timestamp >= m.until;
        return m.state == ICreditBureau.State.Free;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + clamp(time, 1, 12 days));
    }

    function addMember(uint256 seed) external {
        address market = marketAt(seed);
        address by = seed >> 200 == 0 ? marketAt(seed + 1) : ADMIN;
        bytes memory data =
            abi.encodeCall(bureau.addMember, (market, IApplicationGate(market)));
        if (tried(by, data, by == ADMIN)) {
            members[market] = true;
        }
    }

    function removeMember(uint256 seed) external {
        if (seed % 3 != 0) return;
        address market = marketAt(seed >> 8);
        address by = seed >> 200 == 0 ? marketAt(seed + 1) : ADMIN;
        if (tried(by, abi.encodeCall(bureau.removeMember, (market)), by == ADMIN)) {
            members[market] = false;
        }
    }

    function reserve(uint256 seed, uint256 length) external {
        (uint256 person, address market) = (seed % PEOPLE, marketAt(seed >> 128));
        Model storage m = _models[person];
        uint256 until = block.timestamp + clamp(length, 0, 92 days);
        bool may =
            members[market] && isFree(person) && until <= block.timestamp + 91 days;
        bytes memory data = abi.encodeCall(bureau.reserve, (Nullifier.wrap(person), until));
        if (!tried(market, data, may)) return;
        (m.state, m.member, m.until) = (ICreditBureau.State.Reserved, market, until);
    }

    function cancel(uint256 seed) external {
        (uint256 person, address market) = (seed % PEOPLE, marketAt(seed >> 128));
        Model storage m = _models[person];
        tried(market, abi.encodeCall(bureau.cancel, (Nullifier.wrap(person))), true);
        if (m.state == ICreditBureau.State.Reserved && m.member == market) {
            m.state = ICreditBureau.State.Free;
        }
    }

    function start(uint256 seed, uint48 principal) external {
        uint256 person = seed % PEOPLE;
        Model storage m = _models[person];
        // mostly the one that may
        address market = seed >> 250 == 0 ? marketAt(seed >> 128) : m.member;
        bool may = members[market] && m.state == ICreditBureau.State.Reserved
            && m.member == market && block.timestamp <= m.until;
        bytes memory data = abi.encodeCall(
            bureau.start, (Nullifier.wrap(person), principal, block.timestamp + 30 days)
        );
        if (!tried(market, data, may)) return;
        m.state = ICreditBureau.State.Open;
        m.opened += 1;
    }

    function progress(uint256 seed, uint8 onTime, uint8 late, uint256 graceEndsAt) external {
        uint256 person = seed % PEOPLE;
        Model storage m = _models[person];
        address market = seed >> 250 == 0 ? marketAt(seed >> 128) : m.member;
        bool may = m.state == ICreditBureau.State.Open && m.member == market;
        bytes memory data = abi.encodeCall(
            bureau.progress, (Nullifier.wrap(person), onTime, late, graceEndsAt)
        );
        if (!tried(market, data, may)) return;
        m.onTime += onTime;
        m.late += late;
    }

    function close(uint256 seed, uint256 how) external {
        uint256 person = seed % PEOPLE;
        Model storage m = _models[person];
        address market = seed >> 250 == 0 ? marketAt(seed >> 128) : m.member;
        ICreditBureau.Ending ending = ICreditBureau.Ending(how % 3);
        ICreditBureau.State needed = ending == ICreditBureau.Ending.Recovered
            ? ICreditBureau.State.Defaulted
            : ICreditBureau.State.Open;
        bool may = m.state == needed && m.member == market;
        bytes memory data = abi.encodeCall(bureau.close, (Nullifier.wrap(person), ending));
        if (!tried(market, data, may)) return;
        if (ending == ICreditBureau.Ending.Repaid) {
            m.state = ICreditBureau.State.Free;
            m.repaid += 1;
        } else if (ending == ICreditBureau.Ending.Defaulted) {
            m.state = ICreditBureau.State.Defaulted;
            m.defaults += 1;
        } else {
            m.state = ICreditBureau.State.Recovered;
            m.until = block.timestamp + REHABILITATION;
            m.recovered += 1;
        }
    }
}
