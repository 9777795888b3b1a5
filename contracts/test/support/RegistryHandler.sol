// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIssuerRegistry} from "../../src/interfaces/IIssuerRegistry.sol";
import {IssuerRegistry} from "../../src/IssuerRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @title Everything that anybody can do to a registry, and a plain model of what it then says
/// @dev One function per state-changing external function of IssuerRegistry (its name). The model
///      keeps every posting and computes what is current from its definition, with no list.
contract RegistryHandler is TestBase {
    struct Plain {
        uint256 root;
        uint256 effectiveAt;
        uint256 confirmedAt;
        uint256 clean; // number of the posting that it does not bar, if it bars
        bool bars;
        bool cancelled;
    }

    uint256 private constant ROOTS = 8;
    uint256 private constant DELAY = 1 hours;
    uint256 private constant CURRENT_AGE = 30 days;
    uint256 private constant AGE = 1 days;
    address private constant ADMIN = address(0xAD);
    address private constant REGISTRAR = address(0x4E);
    address private constant GUARDIAN = address(0x6A);

    IssuerRegistry private immutable registry;

    uint256 public done;
    mapping(uint256 root => bool) public refused;
    mapping(uint256 root => uint256) private _ended; // when it was replaced last
    mapping(uint256 root => bool) private _tooOld; // when it was replaced last
    mapping(uint256 root => uint256) private _held; // its posting that was current last
    Plain[] private _plain; // the posting of number i + 1
    uint256 private _current;
    uint256 private _seen; // postings whose effect was noted
    bool private _registrarIsAway;

    constructor() {
        vm.warp(1_900_000_000);
        registry = new IssuerRegistry(ADMIN, REGISTRAR, GUARDIAN, DELAY, CURRENT_AGE);
    }

    function theRegistry() external view returns (IssuerRegistry) {
        return registry;
    }

    function rootCount() external pure returns (uint256) {
        return ROOTS;
    }

    // --- the model ----------------------------------------------------------------------------

    function isPending(uint256 number) private view returns (bool) {
        Plain memory one = _plain[number - 1];
        return !one.cancelled && one.effectiveAt > block.timestamp;
    }

    function inEffect(uint256 number) private view returns (bool) {
        Plain memory one = _plain[number - 1];
        return !one.cancelled && one.effectiveAt <= block.timestamp;
    }

    /// @dev Number of the posting that is current by definition, or 0.
    function current() public view returns (uint256) {
        for (uint256 number = _plain.length; number > 0; --number) {
            if (!inEffect(number)) continue;
            Plain memory one = _plain[number - 1];
            if (!refused[one.root]) return number;
            if (one.bars) return one.clean == 0 || refused[rootOf(one.clean)] ? 0 : one.clean;
        }
        return 0;
    }

    function rootOf(uint256 number) public view returns (uint256) {
        return number == 0 ? 0 : _plain[number - 1].root;
    }

    function pending() external view returns (uint256[] memory roots) {
        uint256 count = 0;
        roots = new uint256[](_plain.length);
        for (uint256 number = 1; number <= _plain.length; ++number) {
            if (isPending(number)) roots[count++] = rootOf(number);
        }
        assembly ("memory-safe") {
            mstore(roots, count)
        }
    }

    function waiting(uint256 root) private view returns (uint256) {
        for (uint256 number = _plain.length; number > 0; --number) {
            if (rootOf(number) == root && isPending(number)) return number;
        }
        return 0;
    }

    function hold(uint256 number) private {
        _current = number;
        _held[rootOf(number)] = number;
    }

    function add(uint256 root, uint256 clean, bool bars) private {
        uint256 effect = block.timestamp + DELAY;
        _plain.push(Plain(root, effect, effect, clean, bars, false));
    }

    function drop(uint256 number) private {
        Plain memory gone = _plain[number - 1];
        _plain[number - 1].cancelled = true;
        for (uint256 next = number + 1; gone.bars && next <= _plain.length; ++next) {
            if (!isPending(next)) continue;
            if (!_plain[next - 1].bars) {
                _plain[next - 1].bars = true;
                _plain[next - 1].clean = gone.clean;
            }
            return;
        }
    }

    /// @dev Notes every change of the current root until now, with the second in which it happened.
    function observe() public {
        for (; _seen < _plain.length && _plain[_seen].effectiveAt <= block.timestamp; ++_seen) {
            Plain memory one = _plain[_seen];
            if (one.cancelled) continue;
            if (_current != 0) {
                Plain memory old = _plain[_current - 1];
                _ended[old.root] = one.effectiveAt;
                _tooOld[old.root] = one.effectiveAt - old.confirmedAt > CURRENT_AGE;
            }
            hold(_seen + 1);
        }
        assertEq(_current, current(), "the model agrees with itself");
    }

    /// @dev Whether a root is fresh by definition; {observe} comes before.
    function isFresh(uint256 root, uint256 age) external view returns (bool) {
        if (refused[root]) return false;
        if (rootOf(_current) == root && root != 0) {
            return block.timestamp - _plain[_current - 1].confirmedAt <= CURRENT_AGE;
        }
        return _ended[root] != 0 && !_tooOld[root] && block.timestamp - _ended[root] <= age;
    }

    function tried(address by, bytes memory data) private returns (bool ok) {
        observe();
        bytes memory answer;
        vm.prank(by);
        (ok, answer) = address(registry).call(data);
        assertTrue(ok || answer.length >= 4, "bare revert");
        assertTrue(ok || bytes4(answer) != bytes4(keccak256("Panic(uint256)")), "panic");
        if (ok) done += 1;
    }

    function some(uint256 seed) private pure returns (uint256) {
        return 1 + seed % ROOTS;
    }

    // --- IssuerRegistry -----------------------------------------------------------------------

    function post(uint256 seed) external {
        uint256 root = some(seed);
        bool ok = tried(REGISTRAR, abi.encodeCall(IIssuerRegistry.post, (root, "", "")));
        if (ok) add(root, 0, false);
    }

    function postAfterRemoval(uint256 seed, uint256 which) external {
        uint256 root = some(seed);
        uint256 clean = which % 3 == 0 ? 0 : some(which);
        observe();
        uint256 number = _held[clean];
        bool ok = tried(
            REGISTRAR, abi.encodeCall(IIssuerRegistry.postAfterRemoval, (root, "", "", clean))
        );
        assertTrue(!ok || clean == 0 || number != 0, "an unknown root was named");
        if (ok) add(root, number, true);
    }

    function renew(uint256 seed) external {
        uint256 number = current();
        uint256 root = seed % 4 == 0 ? some(seed) : rootOf(number);
        bool ok = tried(REGISTRAR, abi.encodeCall(IIssuerRegistry.renew, (root)));
        assertTrue(ok == (!_registrarIsAway && number != 0 && rootOf(number) == root), "renewal");
        if (ok) _plain[number - 1].confirmedAt = block.timestamp;
    }

    function cancelRoot(uint256 seed) external {
        uint256 number = waiting(some(seed));
        bool ok = tried(GUARDIAN, abi.encodeCall(IIssuerRegistry.cancelRoot, (some(seed))));
        assertTrue(ok == (number != 0), "only what is pending is cancelled");
        if (ok) drop(number);
    }

    function withdrawRoots(uint256 seed) external {
        uint256[] memory roots = new uint256[](1 + seed % 2);
        for (uint256 i = 0; i < roots.length; ++i) {
            roots[i] = some(seed >> (8 * (i + 1)));
        }
        if (!tried(GUARDIAN, abi.encodeCall(IIssuerRegistry.withdrawRoots, (roots)))) return;
        for (uint256 i = 0; i < roots.length; ++i) {
            refused[roots[i]] = true;
            uint256 number = waiting(roots[i]);
            if (number != 0) drop(number);
        }
        hold(current());
    }

    function banRoot(uint256 seed) external {
        uint256 root = some(seed);
        bool known = _held[root] != 0 || waiting(root) != 0;
        // few roots, so that others than the banned ones are left
        if (seed % 8 != 0) root += ROOTS;
        bool ok = tried(GUARDIAN, abi.encodeCall(IIssuerRegistry.banRoot, (root)));
        assertTrue(!ok || root > ROOTS || !known, "a posted root was banned");
        if (ok) refused[root] = true;
    }

    // --- roles and time -----------------------------------------------------------------------

    function grantRole() external {
        tried(ADMIN, abi.encodeCall(registry.grantRole, (registry.REGISTRAR_ROLE(), REGISTRAR)));
        _registrarIsAway = false;
    }

    function revokeRole(uint256 seed) external {
        if (seed % 8 != 0) return this.grantRole();
        tried(ADMIN, abi.encodeCall(registry.revokeRole, (registry.REGISTRAR_ROLE(), REGISTRAR)));
        _registrarIsAway = true;
    }

    function renounceRole(uint256 seed) external {
        if (seed % 8 != 0) return this.grantRole();
        bytes32 role = registry.REGISTRAR_ROLE();
        tried(REGISTRAR, abi.encodeCall(registry.renounceRole, (role, REGISTRAR)));
        _registrarIsAway = true;
    }

    function beginDefaultAdminTransfer(uint256 seed) external {
        address next = address(uint160(seed % 3)); // 0 renounces
        tried(ADMIN, abi.encodeCall(registry.beginDefaultAdminTransfer, (next)));
    }

    function acceptDefaultAdminTransfer(uint256 seed) external {
        address next = address(uint160(seed % 3));
        bool ok = tried(next, abi.encodeCall(registry.acceptDefaultAdminTransfer, ()));
        if (!ok) return;
        tried(next, abi.encodeCall(registry.beginDefaultAdminTransfer, (ADMIN)));
        vm.warp(block.timestamp + 10 days);
        tried(ADMIN, abi.encodeCall(registry.acceptDefaultAdminTransfer, ()));
        assertEq(registry.defaultAdmin(), ADMIN, "the admin is back");
    }

    function cancelDefaultAdminTransfer() external {
        tried(ADMIN, abi.encodeCall(registry.cancelDefaultAdminTransfer, ()));
    }

    function changeDefaultAdminDelay(uint48 seed) external {
        tried(ADMIN, abi.encodeCall(registry.changeDefaultAdminDelay, (seed % 2 days)));
    }

    function rollbackDefaultAdminDelay() external {
        tried(ADMIN, abi.encodeCall(registry.rollbackDefaultAdminDelay, ()));
    }

    function passTime(uint32 seed) external {
        // mostly parts of the delay, and now and then longer than the current root's age
        uint256 most = seed % 16 == 0 ? CURRENT_AGE * 2 : seed % 4 == 0 ? AGE : DELAY / 2;
        vm.warp(block.timestamp + 1 + (seed >> 4) % most);
    }

    /// @dev One of the calls, mostly postings and withdrawals.
    function step(uint256 seed) external {
        uint256 a = seed >> 8;
        uint256 choice = seed % 16;
        if (choice < 5) this.post(a);
        else if (choice < 7) this.postAfterRemoval(a, a >> 64);
        else if (choice == 7) this.renew(a);
        else if (choice == 8) this.cancelRoot(a);
        else if (choice == 9 && a % 3 == 0) this.withdrawRoots(a >> 8);
        else this.passTime(uint32(a));
    }
}
