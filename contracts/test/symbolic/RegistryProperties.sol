// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../../src/IssuerRegistry.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev When a root is fresh: two postings, at any times, and any time of asking.
contract RegistryProperties is SymbolicBase {
    uint256 private constant DELAY = 1 hours;
    uint256 private constant CURRENT_AGE = 30 days;
    uint256 private constant FIRST = 7;
    uint256 private constant SECOND = 8;
    IssuerRegistry private registry;

    function setUp() public {
        registry = new IssuerRegistry(
            address(0xAD), address(this), address(this), DELAY, CURRENT_AGE
        );
    }

    function posted(uint256 root, uint40 time) private {
        vm.warp(time);
        registry.post(root, bytes32(0), "");
    }

    function withdraw(uint256 root) private {
        uint256[] memory roots = new uint256[](1);
        roots[0] = root;
        registry.withdrawRoots(roots);
    }

    /// @dev The root that was posted alone is fresh from its effect to its age, to the second.
    function check_ARootIsFreshFromItsEffectToItsAge(uint40 post, uint40 ask, uint256 maxAge)
        external
    {
        vm.assume(post > 0 && post < 1 << 38 && ask >= post && ask < 1 << 39);
        posted(FIRST, post);
        vm.warp(ask);
        bool expected = ask >= post + DELAY && ask - post - DELAY <= CURRENT_AGE;
        assert(registry.isFresh(FIRST, maxAge) == expected);
    }

    /// @dev A replaced root is fresh for the age that the gate asks for.
    function check_AReplacedRootIsFreshForTheAgeAskedFor(
        uint40 post,
        uint40 replace,
        uint40 ask,
        uint256 maxAge
    ) external {
        vm.assume(post > 0 && post < 1 << 38 && replace < 1 << 38 && ask < 1 << 39);
        vm.assume(replace >= post + DELAY && replace - post <= CURRENT_AGE);
        vm.assume(ask >= replace + DELAY);
        posted(FIRST, post);
        posted(SECOND, replace);
        vm.warp(ask);
        assert(registry.isFresh(FIRST, maxAge) == (ask - replace - DELAY <= maxAge));
        assert(registry.currentRoot() == SECOND);
    }

    /// @dev Until the next root takes effect, the old one is current.
    function check_APendingRootChangesNothing(uint40 post, uint40 replace, uint40 ask) external {
        vm.assume(post > 0 && post < 1 << 38 && replace < 1 << 38 && ask < 1 << 39);
        vm.assume(replace >= post + DELAY && ask >= replace && ask < replace + DELAY);
        posted(FIRST, post);
        posted(SECOND, replace);
        vm.warp(ask);
        assert(registry.currentRoot() == FIRST);
        assert(!registry.isFresh(SECOND, type(uint256).max));
    }

    /// @dev Whatever the age that a gate allows.
    function check_AWithdrawnRootIsNeverFresh(
        uint40 post,
        uint40 withdrawn,
        uint40 ask,
        uint256 maxAge
    ) external {
        vm.assume(post > 0 && post < 1 << 38 && withdrawn >= post && withdrawn < 1 << 38);
        vm.assume(ask >= withdrawn && ask < 1 << 39);
        posted(FIRST, post);
        vm.warp(withdrawn);
        withdraw(FIRST);
        vm.warp(ask);
        assert(!registry.isFresh(FIRST, maxAge));
        assert(registry.currentRoot() == 0);
    }

    function check_AnUnknownRootIsNeverFresh(
        uint256 root,
        uint40 post,
        uint40 ask,
        uint256 maxAge
    ) external {
        vm.assume(root != FIRST && post > 0 && post < 1 << 38 && ask < 1 << 39);
        posted(FIRST, post);
        vm.warp(ask);
        assert(!registry.isFresh(root, maxAge));
    }
}
